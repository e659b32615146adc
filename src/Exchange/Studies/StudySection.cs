using Interpret.Contracts;

namespace Interpret.Exchange.Studies;

/// <summary>An object of a study file with the keys that it may hold; reads their values, checked.</summary>
internal sealed class StudySection
{
    /// <summary>Characters at most of a name, a path or an address.</summary>
    private const int LongestText = 4096;

    private readonly LocatedJson node;
    private readonly IReadOnlyDictionary<string, LocatedJson> members;

    /// <exception cref="BadInputException">Not an object, or with a key that is not among <paramref name="keys"/>; the nearest one is named.</exception>
    public StudySection(LocatedJson node, params string[] keys)
    {
        this.node = node;
        members = node.Value as Dictionary<string, LocatedJson> ?? throw node.Bad("an object");
        foreach (var (key, member) in members)
        {
            if (!keys.Contains(key))
                throw member.Bad(
                    $"a known key, such as \"{EditDistance.Nearest(Quoted.Beginning(key), keys)}\"", Quoted.Of(key), $"Known here: {string.Join(", ", keys)}");
        }
    }

    public string Text(string key) => OptionalText(key) ?? throw Missing(key);

    public string? OptionalText(string key)
    {
        if (!members.TryGetValue(key, out var member)) return null;
        if (member.Value is not string text) throw member.Bad("a text in quotes");
        if (StorableText.Flaw(text) is { } flaw) throw member.Bad(StorableText.Expected, flaw);
        if (text.Length > LongestText) throw member.Bad($"a text of at most {LongestText:N0} characters", $"{text.Length:N0}");
        return text.Trim().Length > 0 ? text : throw member.Bad("a text", "an empty one");
    }

    /// <summary>The texts of a list; null where the key is left out or no list.</summary>
    public IReadOnlyList<string>? OptionalTexts(string key)
    {
        if (!members.TryGetValue(key, out var member) || member.Value is not List<LocatedJson> items) return null;
        return items.ConvertAll(item => item.Value is not string text ? throw item.Bad("a text in quotes")
            : StorableText.Flaw(text) is { } flaw ? throw item.Bad(StorableText.Expected, flaw) : text);
    }

    public bool Has(string key) => members.ContainsKey(key);

    /// <summary>An error at the value of a key that is there.</summary>
    /// <param name="found">Null: the value itself.</param>
    public BadInputException Bad(string key, string expected, string? found = null) =>
        found is null ? members[key].Bad(expected) : members[key].Bad(expected, found);

    /// <summary>A text that is one of a few words.</summary>
    public T Choice<T>(string key, IReadOnlyDictionary<string, T> choices)
    {
        var word = Text(key);
        return choices.TryGetValue(word, out var choice) ? choice : throw members[key].Bad(string.Join(" or ", choices.Keys.Select(known => $"\"{known}\"")));
    }

    /// <summary>A text that passes <paramref name="flaw"/>, which says what is wrong with it, or null.</summary>
    public string? OptionalText(string key, string expected, Func<string, string?> flaw) =>
        OptionalText(key) is not { } text ? null : flaw(text) is { } found ? throw members[key].Bad(expected, found) : text;

    public int Whole(string key, int fallback, int least, int most)
    {
        if (!members.TryGetValue(key, out var member)) return fallback;
        var fits = member.Value is double number && number >= least && number <= most && number == Math.Floor(number);
        return fits ? (int)(double)member.Value! : throw member.Bad($"a whole number from {least} to {most}");
    }

    public bool Truth(string key, bool fallback) =>
        !members.TryGetValue(key, out var member) ? fallback : member.Value is bool truth ? truth : throw member.Bad("true or false");

    public double? OptionalNumber(string key, double least, double most)
    {
        if (!members.TryGetValue(key, out var member)) return null;
        return member.Value is double number && number >= least && number <= most ? number : throw member.Bad($"a number from {least} to {most}");
    }

    public Uri? OptionalAddress(string key) =>
        OptionalText(key) is not { } text ? null : HttpAddress.Parse(text) ?? throw members[key].Bad("an http or https address");

    /// <summary>The items of a list that holds at least one.</summary>
    public IReadOnlyList<LocatedJson> Items(string key)
    {
        if (!members.TryGetValue(key, out var member)) throw Missing(key);
        if (member.Value is not List<LocatedJson> items) throw member.Bad("a list");
        return items.Count > 0 ? items : throw member.Bad("a list of at least one", "an empty one");
    }

    /// <summary>The object under <paramref name="key"/>, an empty one where it is left out.</summary>
    public StudySection Section(string key, params string[] keys) =>
        new(members.TryGetValue(key, out var member) ? member : node.Empty, keys);

    /// <summary>Refuses a key that means nothing without another.</summary>
    public void RequireBeside(string key, string other)
    {
        if (members.TryGetValue(key, out var member) && !members.ContainsKey(other)) throw member.Bad($"the key \"{other}\" beside it", "none");
    }

    public BadInputException Missing(string key) => node.Bad($"the key \"{key}\"", "none");
}
