using System.Text.Json;
using Interpret.Contracts;
using Interpret.Exchange.Text;
using Interpret.Explaining;

namespace Interpret.Exchange.Datasets;

/// <summary>
/// A dataset of an object of JSON a line. Keys: <c>id</c>; <c>prompt</c>, or <c>messages</c> that end in a user's turn; <c>response</c>,
/// <c>instruction</c>, <c>context</c> and <c>evidence</c>, which may be left out or null. Other keys are passed over and named once.
/// </summary>
internal sealed class DatasetJson(string path)
{
    /// <summary>Rows that may be refused though they are most of those read. A file of more is none of this format, and each costs an exception.</summary>
    private const int MostRefused = 1000;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    /// <summary>The keys of a row.</summary>
    public static IReadOnlyCollection<string> Keys { get; } =
        ["id", "prompt", "messages", "response", "instruction", "context", "evidence"];
    private static readonly string[] TurnKeys = ["role", "content"];
    private static readonly string[] Roles = ["system", "user", "assistant"];

    private readonly DatasetRules rules = new();
    private readonly IgnoredKeys ignored = new();
    private int rows;
    private int refused;

    /// <summary>Whether a line begins a dataset of this format.</summary>
    public static bool Begins(string line) => line.AsSpan().TrimStart() is ['{', ..];

    /// <summary>The rows of all lines; blank ones are passed over.</summary>
    /// <param name="path">The file, for errors.</param>
    /// <param name="lines">Its lines.</param>
    /// <exception cref="BadInputException"><c>bad-json</c>: more than <see cref="MostRefused"/> rows, and more than every second, are none.</exception>
    public static DatasetFile Read(string path, TextLines lines)
    {
        var reader = new DatasetJson(path);
        var (prompts, rejected) = TableRows.Rest(lines, line => string.IsNullOrWhiteSpace(line.Text), reader.Prompt);
        return new DatasetFile(prompts, rejected) { Ignored = reader.ignored.Names };
    }

    private RowResult<DatasetPrompt> Prompt(TextLine line)
    {
        rows++;
        var read = Read(line);
        if (read.Flaw is not null && ++refused > MostRefused && refused > rows / 2)
            throw new BadInputException(
                ErrorClasses.BadJson, TextInput.Name(path), $"row {line.Number}", "a dataset of an object of JSON a line",
                $"{refused:N0} of {rows:N0} rows that are none; this one: expected {read.Flaw.Expected}, found {read.Flaw.Found}");
        return read;
    }

    private RowResult<DatasetPrompt> Read(TextLine line)
    {
        if (RowFlaw.Of(line) is { } flaw) return flaw;
        try
        {
            using var json = JsonDocument.Parse(line.Text, Strict);
            return json.RootElement.ValueKind == JsonValueKind.Object ? rules.Prompt(Row(line.Number, json.RootElement))
                : new RowFlaw(ErrorClasses.BadJson, "an object of JSON", Shown(json.RootElement));
        }
        catch (FieldException e)
        {
            return e.Flaw;
        }
        catch (JsonException e)
        {
            return new RowFlaw(ErrorClasses.BadJson, "an object of JSON", JsonFlaw.Found(e));
        }
        catch (InvalidOperationException e) when (e.TargetSite?.DeclaringType?.Assembly == typeof(JsonElement).Assembly)
        {
            return new RowFlaw(ErrorClasses.BadText, StorableText.Expected, "half a character"); // as an escape, "\ud800"
        }
    }

    private DatasetRow Row(int number, JsonElement row)
    {
        foreach (var member in row.EnumerateObject())
        {
            if (!Keys.Contains(member.Name)) ignored.Add(member.Name);
        }

        var (prompt, messages) = (OptionalText(row, "prompt"), Turns(row));
        if (prompt is null == messages is null)
            throw Bad("prompt", "either prompt or messages", prompt is null ? "neither" : "both");
        var context = OptionalText(row, "context") ?? "";
        var evidence = Marks(row, "evidence");
        if (evidence is { Count: > 0 } && context.Length == 0) throw Bad("evidence", "a context beside it", "none");
        return new DatasetRow(number, Id(row), prompt ?? messages![^1].Content, OptionalText(row, "response") ?? "")
        {
            PromptField = prompt is null ? $"messages[{messages!.Count - 1}].content" : "prompt",
            Instruction = Marks(row, "instruction") ?? [],
            Context = context,
            QuotesContext = true,
            Evidence = evidence,
            Messages = messages,
        };
    }

    /// <summary>An id; programs that count their cases write a number.</summary>
    private static string Id(JsonElement row) => Member(row, "id") switch
    {
        null => throw Bad("id", "an id", "none"),
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out _) => number.GetRawText(),
        { } other => Text(other, "id"),
    };

    private List<ChatMessage>? Turns(JsonElement row)
    {
        if (Member(row, "messages") is not { } turns) return null;
        if (turns.ValueKind != JsonValueKind.Array || turns.GetArrayLength() == 0) throw Bad("messages", "a list of turns", Shown(turns));
        var messages = new List<ChatMessage>();
        foreach (var turn in turns.EnumerateArray())
        {
            var field = $"messages[{messages.Count}]";
            if (turn.ValueKind != JsonValueKind.Object) throw Bad(field, "an object with role and content", Shown(turn));
            foreach (var member in turn.EnumerateObject())
            {
                if (!TurnKeys.Contains(member.Name)) ignored.Add($"messages[].{member.Name}");
            }

            var role = OptionalText(turn, "role", $"{field}.") ?? throw Bad($"{field}.role", string.Join(", ", Roles), "none");
            if (!Roles.Contains(role)) throw Bad($"{field}.role", string.Join(", ", Roles), Quoted.Of(role));
            messages.Add(new ChatMessage(role, OptionalText(turn, "content", $"{field}.") ?? throw Bad($"{field}.content", "a text", "none")));
        }

        return messages[^1].Role == "user" ? messages
            : throw Bad($"messages[{messages.Count - 1}].role", "user: the last turn is the one that is explained", messages[^1].Role);
    }

    /// <summary>A text, or a list of texts and of pairs of characters' numbers.</summary>
    private static List<Mark>? Marks(JsonElement row, string key)
    {
        if (Member(row, key) is not { } marks) return null;
        if (marks.ValueKind == JsonValueKind.String) return [Mark.Quoting(Text(marks, key))];
        if (marks.ValueKind != JsonValueKind.Array) throw Bad(key, "a text, or a list of texts or [start, end]", Shown(marks));
        var read = new List<Mark>(marks.GetArrayLength());
        foreach (var mark in marks.EnumerateArray())
        {
            if (mark.ValueKind == JsonValueKind.String)
                read.Add(Mark.Quoting(Text(mark, $"{key}[{read.Count}]")));
            else if (mark.ValueKind == JsonValueKind.Array && mark.GetArrayLength() == 2 && Whole(mark[0]) is { } start && Whole(mark[1]) is { } end)
                read.Add(new Mark(null, new CharacterSpan(start, end)));
            else
                throw Bad($"{key}[{read.Count}]", "a text, or [start, end]", Shown(mark));
        }

        return read;
    }

    private static int? Whole(JsonElement number) => number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out var value) ? value : null;

    /// <param name="within">What the object is called, up to the key.</param>
    private static string? OptionalText(JsonElement row, string key, string within = "") => Member(row, key) is { } member ? Text(member, within + key) : null;

    private static string Text(JsonElement text, string field)
    {
        if (text.ValueKind != JsonValueKind.String) throw Bad(field, "a text", Shown(text));
        var value = text.GetString()!;
        return StorableText.Flaw(value) is { } flaw ? throw new FieldException(new RowFlaw(ErrorClasses.BadText, StorableText.Expected, flaw, field)) : value;
    }

    /// <summary>Null where the key is left out, and where its value is null.</summary>
    private static JsonElement? Member(JsonElement row, string key) =>
        row.TryGetProperty(key, out var member) && member.ValueKind != JsonValueKind.Null ? member : null;

    private static string Shown(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => value.GetArrayLength() == 0 ? "an empty list" : $"a list of {value.GetArrayLength()}",
        JsonValueKind.String => "a text",
        _ => Quoted.Beginning(value.GetRawText()),
    };

    private static FieldException Bad(string field, string expected, string found) => new(new RowFlaw(ErrorClasses.BadField, expected, found, field));

    /// <summary>A field of a row that cannot be used.</summary>
    private sealed class FieldException(RowFlaw flaw) : Exception
    {
        public RowFlaw Flaw => flaw;
    }
}
