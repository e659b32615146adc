using System.Text.Json;
using Interpret.Contracts;

namespace Interpret.Models.Checkpoints;

/// <summary>JSON of a checkpoint: whatever is wrong with it as JSON or as text is an error that names the file.</summary>
internal static class CheckpointJson
{
    /// <summary>Bytes of a file at most: an index of a hundred thousand tensors takes ten million.</summary>
    private const long LongestFile = 64 << 20;

    /// <summary>Reads a file that is all JSON.</summary>
    /// <param name="path">The file; a missing one is named.</param>
    /// <param name="errorClass">Class of the errors.</param>
    /// <param name="read">Takes what is wanted from the root.</param>
    public static T Read<T>(string path, string errorClass, Func<JsonElement, T> read)
    {
        byte[] bytes;
        try
        {
            var length = new FileInfo(path).Length;
            if (length > LongestFile) throw new BadInputException(errorClass, path, null, $"JSON of at most {LongestFile:N0} bytes", $"{length:N0}");
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(errorClass, path, null, "a readable file", e.Message, inner: e);
        }

        return WrongFile.Of(bytes.AsSpan(0, Math.Min(bytes.Length, WrongFile.Looked))) is { } wrong
            ? throw new BadInputException(errorClass, path, null, "JSON", wrong.Found, wrong.Remedy)
            : Read(bytes, path, null, errorClass, read);
    }

    /// <param name="bytes">The document.</param>
    /// <param name="path">The file, for errors.</param>
    /// <param name="where">The part of the file; null: errors name the line.</param>
    /// <param name="errorClass">Class of the errors.</param>
    /// <param name="read">Takes what is wanted from the root.</param>
    public static T Read<T>(ReadOnlyMemory<byte> bytes, string path, string? where, string errorClass, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return read(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new BadInputException(errorClass, path, where ?? JsonFlaw.Where(e), "JSON", JsonFlaw.Found(e), inner: e);
        }
        catch (InvalidOperationException e)
        {
            // A string of bytes that are no UTF-8, or half of a surrogate pair, shows when it is read.
            throw new BadInputException(errorClass, path, where, "text in UTF-8", JsonFlaw.Found(e), inner: e);
        }
    }
}
