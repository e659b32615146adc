using static Interpret.Samples.Make.World.WorldWords;

namespace Interpret.Samples.Make.World;

/// <summary>Plain texts about the world: what a model reads before it is told to do anything.</summary>
internal static class WorldCorpus
{
    /// <summary>A document of any kind.</summary>
    public static string Document(WorldText world) => world.Choice.Next(6) switch
    {
        0 => Glossary(world),
        1 => Collection(world),
        2 => Portrait(world),
        3 => Letter(world),
        _ => Story(world),
    };

    private static string Story(WorldText world)
    {
        var people = world.Choice.Some(People, 2);
        return WorldText.Join(Enumerable.Range(0, 4 + world.Choice.Next(5)).Select(_ => Event(world, world.Choice.Of(people), world.Choice.Of(people))));
    }

    private static WorldSentence Event(WorldText world, string person, string other) => world.Choice.Next(8) switch
    {
        0 => world.Home(person, world.Choice.Of(Places)),
        1 => world.Work(person, world.Choice.Of(Jobs)),
        2 => world.Colour(person, world.Choice.Of([.. Animals, .. Tools]), world.Choice.Of(Colours)),
        3 => world.Because(person, world.Choice.Of(Deeds), world.Choice.Of(Reasons)),
        4 => world.Mood(person, world.Choice.Of([.. Glad, .. Sad])),
        5 => new($"{person} asked {other} to {Request(world)}."),
        _ => world.Any(person),
    };

    // The verbs of instructions have their place in stories too.
    private static string Request(WorldText world)
    {
        var thing = world.Choice.Of(world.Choice.Of(Kinds).Words);
        return world.Choice.Of(
        [
            $"list the animals of {world.Choice.Of(Places)}", $"count the {world.Choice.Of(["hens", "cows", "tools", "cakes", "people"])}",
                $"translate a letter into Velan", $"explain the road to {world.Choice.Of(Places)}",
            $"describe the {thing}", $"find the {thing}", $"name the {thing}", "write a summary of the book", "classify the stones", "repeat the song",
                "rewrite the letter", "tell a story",
        ]);
    }

    private static string Glossary(WorldText world) => string.Join(' ', world.Choice.Some(Velan.Keys, 5).Select(word => world.Choice.Next(3) switch
    {
        0 => $"The Velan word for {word} is {Velan[word]}.",
        1 => $"In Velan, {word} is {Velan[word]}.",
        _ => $"People in Vela call a {word} {Velan[word]}.",
    }));

    private static string Collection(WorldText world)
    {
        var (kind, words) = world.Choice.Of(Kinds);
        var (person, some) = (world.Choice.Of(People), world.Choice.Some(words, 1 + world.Choice.Next(5)));
        return $"{person} has some {kind}: {string.Join(", ", some)}. The number of {kind} is {Numbers[some.Count]}. {WorldText.Join(world.Some(2))}";
    }

    private static string Portrait(WorldText world)
    {
        var (person, place, job) = (world.Choice.Of(People), world.Choice.Of(Places), world.Choice.Of(Jobs));
        var (thing, colour) = (world.Choice.Of([.. Animals, .. Tools]), world.Choice.Of(Colours));
        return $"{person} lives in {place}. {person} is a {job}. Everybody knows {person}, a {job} in {place}. {person} has a {colour} {thing}. The {thing} of {person} is {colour}.";
    }

    private static string Letter(WorldText world)
    {
        var people = world.Choice.Some(People, 2);
        return $"Dear {people[0]}, {WorldText.Join(world.Some(3))} The mood here is {world.Choice.Of(["glad", "sad"])}. Yours, {people[1]}.";
    }
}
