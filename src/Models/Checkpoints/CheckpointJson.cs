using System.Text.Json;
using Interpret.Contracts;

namespace Interpret.Models.Checkpoints;

/// <summary>JSON of a checkpoint: whatever is wrong with it as JSON or as text is an error that names the file.</summary>
internal static class CheckpointJson
{
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
            throw new BadInputException(errorClass, path, where ?? $"line {e.LineNumber + 1}", "JSON", e.Message, inner: e);
        }
        catch (InvalidOperationException e)
        {
            // A string of bytes that are no UTF-8, or half of a surrogate pair, shows when it is read.
            throw new BadInputException(errorClass, path, where, "text in UTF-8", e.Message, inner: e);
        }
    }
}
