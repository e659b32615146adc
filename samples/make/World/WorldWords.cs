namespace Interpret.Samples.Make.World;

/// <summary>The words of a small invented world: its people, places and things, and the language that is spoken in Vela.</summary>
internal static class WorldWords
{
    /// <summary>None is part of another.</summary>
    public static IReadOnlyList<string> People { get; } = Split(
        "Mira Tom Lena Oskar Ada Bruno Clara Denis Eva Felix Greta Hugo Ida Jonas Klara Leo Marta Nils Olga Paul Rosa Stefan Tilda Viktor Wanda " +
        "Anton Berta Emil Frida Gustav Agnes Boris Cora David Elsa Franz Gerda Hanna Ivan Julia Karl Lotte Magnus Nora Otto Petra Robert Sofia " +
        "Theo Ursula Vera Walter Yvonne Zora Arthur Bella Conrad Doris Erik Flora Albert Alma Amalia Axel Barbara Benedikt Bettina Carla Cecilia " +
        "Charlotte Christian Cornelia Dagmar Daniel Diana Dorothea Edgar Edith Eleonora Elias Emma Ernst Esther Fabian Ferdinand Florian Frieda " +
        "Gabriel Georg Gisela Gregor Gunther Harald Hedwig Heinrich Helga Henrik Herbert Hilda Irene Isabel Jakob Jan Johanna Josef Judith " +
        "Julius Kaspar Katarina Konstantin Kurt Laura Linda Lorenz Lucia Ludwig Lydia Manfred Margit Martin Matilda Maximilian Melanie Michael " +
        "Monika Natalia Nicolas Oliver Peter Philip Ralf Rebekka Regina Richard Roland Rudolf Sabine Samuel Sebastian Silvia Simon Susanna Sven " +
        "Tamara Thomas Ulrich Valentin Veronika Wilhelm");

    public static IReadOnlyList<string> Places { get; } = Made(
        "interpret/places", 120, "Bren Dov El Far Gar Hol Is Kar Lum Mar Nor Os Quar Sel Tam Ver",
            "ba dal den fell gard ham ik lin mere mond nia ster ton wick");

    public static IReadOnlyList<string> Animals { get; } = Split(
        "horse cow goat sheep dog cat hen duck pig fox wolf rabbit donkey mouse goose camel bear deer beaver badger hare lizard frog " +
        "toad snake spider turtle pigeon sparrow raven falcon hawk");

    public static IReadOnlyList<string> Foods { get; } = Split(
        "bread cheese soup honey milk fish rice cake butter salt tea jam meat corn pasta pepper garlic cabbage spinach barley oats " +
        "beans lentils yogurt cream sugar vinegar mustard porridge pudding bacon juice");

    public static IReadOnlyList<string> Tools { get; } = Split(
        "hammer saw rope lamp bucket ladder needle shovel knife brush basket kettle broom wheel chisel pliers sickle rake plough " +
        "barrel bellows candle chain compass drill file hook lantern mallet nail spade tongs");

    public static IReadOnlyList<string> Colours { get; } = Split("red blue green yellow white black brown grey purple pink golden silver");

    public static IReadOnlyList<string> Jobs { get; } = Split(
        "baker smith farmer teacher doctor painter sailor tailor miller hunter carpenter mason potter weaver butcher barber gardener " +
        "merchant printer shepherd soldier porter clerk judge lawyer nurse poet singer dancer priest");

    public static IReadOnlyList<string> Weathers { get; } = Split("sunny rainy windy foggy snowy cold warm cloudy stormy misty frosty humid");

    public static IReadOnlyList<string> Glad { get; } = Split("laughed smiled danced sang cheered giggled whistled rejoiced");

    public static IReadOnlyList<string> Sad { get; } = Split("wept sighed cried mourned sobbed groaned grieved moaned");

    public static IReadOnlyList<string> Deeds { get; } =
    [
        "went home", "stayed in bed", "closed the window", "ran to the river", "called a friend", "lit a fire", "left the market", "sold the cart",
        "climbed the tower", "hid behind the fence", "repaired the roof", "cancelled the journey", "borrowed a coat", "crossed the valley",
            "waited in the kitchen", "opened the gate",
    ];

    public static IReadOnlyList<string> Reasons { get; } =
    [
        "it was raining", "the road was long", "the bridge was broken", "the night was cold", "the door was open", "the child was ill", "the well was dry",
            "the wind was strong",
        "the harvest was late", "the forest was dark", "the ship had sunk", "the music was loud", "the stranger was hungry", "the price was high",
            "the garden was empty", "the candle went out",
    ];

    public static IReadOnlyList<string> Numbers { get; } = Split("no one two three four five six");

    /// <summary>Kinds of things, in the plural, and what belongs to them.</summary>
    public static IReadOnlyList<(string Kind, IReadOnlyList<string> Words)> Kinds { get; } = [("animals", Animals), ("foods", Foods), ("tools", Tools)];

    /// <summary>The word of the language of Vela for each thing, colour, job and weather.</summary>
    public static IReadOnlyDictionary<string, string> Velan { get; } = MakeVelan();

    private static Dictionary<string, string> MakeVelan()
    {
        string[] words = [.. Animals, .. Foods, .. Tools, .. Colours, .. Jobs, .. Weathers];
        var velan = Made(
            "interpret/velan", words.Length, "pa tu mi so ke lo ra ni vu ze bri dal fe gu hol jas", "mo ri ka len dor sha vi tun bel go pim nax qua zir");
        return words.Zip(velan).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
    }

    /// <summary>Distinct words, each a beginning and an end.</summary>
    private static IReadOnlyList<string> Made(string stream, int count, string beginnings, string ends) =>
        new SeededChoice(stream).Some([.. from beginning in Split(beginnings) from end in Split(ends) select beginning + end], count);

    private static string[] Split(string words) => words.Split(' ');
}
