using Interpret.Contracts;

namespace Interpret.Models.Pickles;

/// <summary>What a constructor of the allow-list may know and ask while a pickle is read: where it is, and room for what it makes.</summary>
public sealed class PickleContext(string source, PickleLimits limits)
{
    /// <summary>Bytes that constructed objects may take whatever the stream's length.</summary>
    private const long Free = 4 << 20;

    /// <summary>Bytes that they may take for each byte of the stream.</summary>
    private const int Factor = 50;

    private long created;
    private long allowance = Math.Min(Free, limits.MaxCreatedBytes);

    /// <summary>Tells how long the stream is, by which everything that is made of it is bounded.</summary>
    internal void Allow(long bytes) => allowance = Math.Min(Free + (Factor * bytes), limits.MaxCreatedBytes);

    /// <summary>The file or case, as the user named it.</summary>
    public string Source { get; } = source;

    /// <summary>Byte offset of the opcode at work.</summary>
    public long Offset { get; internal set; }

    /// <summary>Asks for room before memory is taken; refuses the pickle when its allowance is used up.</summary>
    /// <exception cref="BadInputException">Class <c>pickle-malformed</c>.</exception>
    public void Charge(long bytes)
    {
        if (bytes > allowance - created)
            throw Malformed($"at most {allowance:N0} bytes of objects in a pickle of this length", "one that asks for more");
        created += bytes;
    }

    /// <summary>The refusal of a broken stream, at the opcode at work.</summary>
    public BadInputException Malformed(string expected, string found, Exception? inner = null) =>
        new(ErrorClasses.PickleMalformed, Source, $"pickle, byte {Offset}", expected, found, inner: inner);

    /// <summary>The refusal of a global that the allow-list does not hold.</summary>
    internal BadInputException ForbiddenGlobal(string name, string profile) => new(
        ErrorClasses.PickleGlobal, Source, $"pickle, byte {Offset}", $"only the types of a {profile}", $"the global {Printable(name)}",
        KnownGlobals.Remedy(name));

    /// <summary>A text of the stream, short and without control characters, fit for a message.</summary>
    internal static string Printable(string text)
    {
        var head = Quoted.Beginning(text);
        return string.Create(head.Length, head, static (span, value) =>
        {
            for (var i = 0; i < span.Length; i++) span[i] = char.IsControl(value[i]) || char.IsSurrogate(value[i]) ? '?' : value[i];
        });
    }
}
