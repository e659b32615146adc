using System.Text.Json;
using Interpret.Contracts;

namespace Interpret.Exchange.Studies;

/// <summary>
/// A JSON value that knows where it stands: its path from the root and its line. Both are worked out when an error asks for them: a text of many
/// values is read in time and memory proportional to its length. Comments and trailing commas are allowed.
/// </summary>
internal sealed class LocatedJson
{
    private static readonly JsonReaderOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>Names of a path that are written out; of a longer one, the first and the last.</summary>
    private const int LongestPath = 8;

    private readonly Document document;
    private readonly LocatedJson? owner;
    private readonly string? key;
    private readonly int index;
    private readonly long offset;

    private LocatedJson(Document document, LocatedJson? owner, string? key, int index, long offset) =>
        (this.document, this.owner, this.key, this.index, this.offset) = (document, owner, key, index, offset);

    /// <summary>
    /// <c>string</c>, <c>double</c>, <c>bool</c>, null, a list of <see cref="LocatedJson"/> or a dictionary of them.
    /// </summary>
    public object? Value { get; private set; }

    /// <summary>Such as <c>models[1].role</c>; empty for the root.</summary>
    public string Path
    {
        get
        {
            var steps = new Stack<string>();
            for (var node = this; node.owner is not null; node = node.owner)
                steps.Push(node.key is { } name ? $".{Quoted.Beginning(name)}" : $"[{node.index}]");
            List<string> all = [.. steps];
            if (all.Count > LongestPath) all = [.. all[..(LongestPath / 2)], "…", .. all[^(LongestPath / 2)..]];
            var path = string.Concat(all);
            return path.StartsWith('.') ? path[1..] : path;
        }
    }

    /// <summary>The line on which it begins, from 1.</summary>
    public int Line => LineAt(document.Utf8, offset);

    /// <summary>An object without members in the place of this one.</summary>
    public LocatedJson Empty => new(document, owner, key, index, offset) { Value = new Dictionary<string, LocatedJson>() };

    /// <summary>What the value is, in words for an error.</summary>
    public string Shown => Value switch
    {
        null => "null",
        string text => Quoted.Of(text),
        bool flag => flag ? "true" : "false",
        double number => $"{number}",
        IReadOnlyList<LocatedJson> => "a list",
        _ => "an object",
    };

    /// <param name="utf8">The text; it is not changed, and must not be.</param>
    /// <param name="source">The file, as errors call it.</param>
    /// <exception cref="BadInputException"><c>study-file</c>: no JSON; the error names the line.</exception>
    public static LocatedJson Parse(byte[] utf8, string source)
    {
        var reader = new Utf8JsonReader(utf8, Lenient);
        try
        {
            reader.Read();
            var root = Read(ref reader, new Document(utf8, source), null, null, 0);
            reader.Read();
            return root;
        }
        catch (InvalidOperationException e)
        {
            // The reader's word for an escape such as "\ud800" that is half a character.
            throw new BadInputException(ErrorClasses.StudyFile, source, $"line {LineAt(utf8, reader.TokenStartIndex)}", "whole characters", JsonFlaw.Found(e), inner: e);
        }
        catch (JsonException e)
        {
            throw new BadInputException(ErrorClasses.StudyFile, source, JsonFlaw.Where(e), "JSON", JsonFlaw.Found(e), inner: e);
        }
    }

    /// <summary>An error at this value.</summary>
    public BadInputException Bad(string expected, string? found = null, string? remedy = null) =>
        new(ErrorClasses.StudyFile, document.Source, Path is { Length: > 0 } path ? $"line {Line}, {path}" : $"line {Line}", expected, found ?? Shown, remedy);

    private static LocatedJson Read(ref Utf8JsonReader reader, Document document, LocatedJson? owner, string? key, int index)
    {
        var here = new LocatedJson(document, owner, key, index, reader.TokenStartIndex);
        here.Value = reader.TokenType switch
        {
            JsonTokenType.StartObject => Members(ref reader, document, here),
            JsonTokenType.StartArray => Items(ref reader, document, here),
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.Number => reader.GetDouble(),
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => null,
        };
        return here;
    }

    private static Dictionary<string, LocatedJson> Members(ref Utf8JsonReader reader, Document document, LocatedJson owner)
    {
        var members = new Dictionary<string, LocatedJson>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var key = reader.GetString()!;
            reader.Read();
            var member = Read(ref reader, document, owner, key, 0);
            if (!members.TryAdd(key, member)) throw member.Bad("each key once", $"{Quoted.Of(key)} again, after line {members[key].Line}");
        }

        return members;
    }

    private static List<LocatedJson> Items(ref Utf8JsonReader reader, Document document, LocatedJson owner)
    {
        var items = new List<LocatedJson>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) items.Add(Read(ref reader, document, owner, null, items.Count));
        return items;
    }

    private static int LineAt(ReadOnlySpan<byte> utf8, long offset) => 1 + utf8[..(int)offset].Count((byte)'\n');

    private sealed record Document(byte[] Utf8, string Source);
}
