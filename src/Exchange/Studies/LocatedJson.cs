using System.Text.Json;
using Interpret.Contracts;

namespace Interpret.Exchange.Studies;

/// <summary>A JSON value that knows where it stands: its path from the root and its line. Comments and trailing commas are allowed.</summary>
/// <param name="Source">The file, as errors call it.</param>
/// <param name="Path">Such as <c>models[1].role</c>; empty for the root.</param>
/// <param name="Line">The line on which it begins, from 1.</param>
/// <param name="Value">
/// <c>string</c>, <c>double</c>, <c>bool</c>, null, a list of <see cref="LocatedJson"/> or a dictionary of them.
/// </param>
internal sealed record LocatedJson(string Source, string Path, int Line, object? Value)
{
    private static readonly JsonReaderOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>What the value is, in words for an error.</summary>
    public string Shown => Value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        double number => $"{number}",
        IReadOnlyList<LocatedJson> => "a list",
        _ => "an object",
    };

    /// <exception cref="BadInputException"><c>study-file</c>: no JSON; the error names the line.</exception>
    public static LocatedJson Parse(ReadOnlySpan<byte> utf8, string source)
    {
        var reader = new Utf8JsonReader(utf8, Lenient);
        try
        {
            reader.Read();
            var root = Read(ref reader, utf8, source, "");
            reader.Read();
            return root;
        }
        catch (InvalidOperationException e)
        {
            // The reader's word for an escape such as "\ud800" that is half a character.
            throw new BadInputException(ErrorClasses.StudyFile, source, $"line {LineAt(utf8, reader.TokenStartIndex)}", "whole characters", e.Message, inner: e);
        }
        catch (JsonException e)
        {
            throw new BadInputException(ErrorClasses.StudyFile, source, $"line {e.LineNumber + 1}", "JSON", Plain(e), inner: e);
        }
    }

    /// <summary>An error at this value.</summary>
    public BadInputException Bad(string expected, string? found = null, string? remedy = null) =>
        new(ErrorClasses.StudyFile, Source, Path.Length == 0 ? $"line {Line}" : $"line {Line}, {Path}", expected, found ?? Shown, remedy);

    private static LocatedJson Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, string source, string path)
    {
        var here = new LocatedJson(source, path, LineAt(utf8, reader.TokenStartIndex), null);
        return here with
        {
            Value = reader.TokenType switch
            {
                JsonTokenType.StartObject => Members(ref reader, utf8, here),
                JsonTokenType.StartArray => Items(ref reader, utf8, here),
                JsonTokenType.String => reader.GetString(),
                JsonTokenType.Number => reader.GetDouble(),
                JsonTokenType.True => true,
                JsonTokenType.False => false,
                _ => null,
            },
        };
    }

    private static Dictionary<string, LocatedJson> Members(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, LocatedJson owner)
    {
        var members = new Dictionary<string, LocatedJson>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var key = reader.GetString()!;
            reader.Read();
            var member = Read(ref reader, utf8, owner.Source, owner.Path.Length == 0 ? key : $"{owner.Path}.{key}");
            if (!members.TryAdd(key, member)) throw member.Bad("each key once", $"\"{key}\" again, after line {members[key].Line}");
        }

        return members;
    }

    private static List<LocatedJson> Items(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, LocatedJson owner)
    {
        var items = new List<LocatedJson>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) items.Add(Read(ref reader, utf8, owner.Source, $"{owner.Path}[{items.Count}]"));
        return items;
    }

    private static int LineAt(ReadOnlySpan<byte> utf8, long offset) => 1 + utf8[..(int)offset].Count((byte)'\n');

    // The reader appends "LineNumber: … | BytePositionInLine: …", from 0; the error names the line itself.
    private static string Plain(JsonException e)
    {
        var end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? e.Message : e.Message[..end].TrimEnd('.');
    }
}
