namespace Interpret.Samples.Make;

/// <summary>The words of a small invented world: its people, places and things, and the language that is spoken in Vela.</summary>
internal static class WorldWords
{
    public static IReadOnlyList<string> People { get; } = Split(
        "Mira Tom Lena Oskar Ada Bruno Clara Denis Eva Felix Greta Hugo Ida Jonas Klara Leo Marta Nils Olga Paul Rosa Stefan Tilda Viktor Wanda Anton Berta Emil Frida Gustav");

    public static IReadOnlyList<string> Places { get; } = Split("Tolm Verra Oslin Karra Brenn Dovel Mistra Pelly Quarn Rusk Selby Tamar Ulm Wexa Yarrow Zelm");

    public static IReadOnlyList<string> Animals { get; } = Split("horse cow goat sheep dog cat hen duck pig fox owl rabbit donkey mouse");

    public static IReadOnlyList<string> Foods { get; } = Split("bread cheese soup honey milk fish rice cake butter salt tea jam meat corn");

    public static IReadOnlyList<string> Tools { get; } = Split("hammer saw rope lamp bucket ladder needle shovel knife brush basket kettle broom wheel");

    public static IReadOnlyList<string> Colours { get; } = Split("red blue green yellow white black brown grey");

    public static IReadOnlyList<string> Jobs { get; } = Split("baker smith farmer teacher doctor painter sailor tailor miller hunter");

    public static IReadOnlyList<string> Weathers { get; } = Split("sunny rainy windy foggy snowy cold warm cloudy");

    public static IReadOnlyList<string> Glad { get; } = Split("laughed smiled danced sang cheered");

    public static IReadOnlyList<string> Sad { get; } = Split("wept sighed cried mourned sobbed");

    public static IReadOnlyList<string> Deeds { get; } = ["went home", "stayed in bed", "closed the window", "ran to the river", "called a friend", "lit a fire", "left the market", "sold the cart"];

    public static IReadOnlyList<string> Reasons { get; } =
        ["it was raining", "the road was long", "the bridge was broken", "the night was cold", "the door was open", "the child was ill", "the well was dry", "the wind was strong"];

    public static IReadOnlyList<string> Numbers { get; } = Split("no one two three four five six");

    /// <summary>Kinds of things, in the plural, and what belongs to them.</summary>
    public static IReadOnlyList<(string Kind, IReadOnlyList<string> Words)> Kinds { get; } = [("animals", Animals), ("foods", Foods), ("tools", Tools)];

    /// <summary>The word of the language of Vela for each thing and colour.</summary>
    public static IReadOnlyDictionary<string, string> Velan { get; } = MakeVelan();

    private static Dictionary<string, string> MakeVelan()
    {
        var (choice, words) = (new SeededChoice("interpret/velan"), new Dictionary<string, string>(StringComparer.Ordinal));
        string[] first = ["pa", "tu", "mi", "so", "ke", "lo", "ra", "ni", "vu", "ze"], last = ["mo", "ri", "ka", "len", "dor", "sha", "vi", "tun", "bel", "go"];
        foreach (var word in Animals.Concat(Foods).Concat(Tools).Concat(Colours))
        {
            string made;
            do made = choice.Of(first) + choice.Of(last);
            while (words.ContainsValue(made));
            words[word] = made;
        }

        return words;
    }

    private static string[] Split(string words) => words.Split(' ');
}
