using Interpret.Contracts;

namespace Interpret.Models.Pickles;

/// <summary>
/// Reads Python pickles, protocols 0 to 5, without Python's power: a global is only ever an entry of an explicit allow-list, so a stream
/// can build the few types of a known kind of file and nothing else.
/// </summary>
/// <remarks>
/// Memory is bounded by the stream's length and <see cref="PickleLimits"/>; nothing recurses. Bytes after the first STOP are left alone, as
/// Python does. Values come as described in PickleValues.cs.
/// </remarks>
public static class PickleReader
{
    /// <summary>Reads one pickled object from memory. Byte strings of the result are slices of <paramref name="bytes"/>.</summary>
    /// <param name="bytes">The pickle.</param>
    /// <param name="allowed">Every global that the stream may name.</param>
    /// <param name="source">The file or case, for messages.</param>
    /// <param name="limits">Bounds; <see cref="PickleLimits.Default"/> when null.</param>
    /// <exception cref="BadInputException">
    /// Class <c>pickle-global</c>: the stream names something that is not allowed. Class <c>pickle-malformed</c>: truncated, damaged, or
    /// beyond the limits. Both say at which byte.
    /// </exception>
    public static object? Read(ReadOnlyMemory<byte> bytes, PickleGlobals allowed, string source, PickleLimits? limits = null)
    {
        limits ??= PickleLimits.Default;
        var context = new PickleContext(source, limits);
        if (bytes.Length > limits.MaxBytes) throw TooLong(context, limits);
        if (WrongFile.Of(bytes.Span[..Math.Min(bytes.Length, WrongFile.Looked)]) is { } wrong)
            throw new BadInputException(ErrorClasses.PickleMalformed, source, null, "a pickle", wrong.Found, wrong.Remedy);
        context.Allow(bytes.Length);
        return new PickleMachine(new PickleCursor(bytes, context), allowed, context, limits).Run();
    }

    /// <summary>Reads one pickled object from a stream, to the stream's end.</summary>
    /// <inheritdoc cref="Read(ReadOnlyMemory{byte}, PickleGlobals, string, PickleLimits?)"/>
    public static object? Read(Stream stream, PickleGlobals allowed, string source, PickleLimits? limits = null)
    {
        limits ??= PickleLimits.Default;
        using var bytes = new MemoryStream();
        var chunk = new byte[1 << 16];
        for (var read = stream.Read(chunk); read > 0; read = stream.Read(chunk))
        {
            if (bytes.Length + read > limits.MaxBytes) throw TooLong(new PickleContext(source, limits), limits);
            bytes.Write(chunk, 0, read);
        }

        return Read(bytes.GetBuffer().AsMemory(0, (int)bytes.Length), allowed, source, limits);
    }

    private static BadInputException TooLong(PickleContext context, PickleLimits limits) =>
        context.Malformed($"a pickle of at most {limits.MaxBytes} bytes", "a longer one");
}
