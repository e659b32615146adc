using static Interpret.Samples.Make.World.WorldWords;

namespace Interpret.Samples.Make.World;

/// <summary>An instruction about a text, and the one response that follows it.</summary>
/// <param name="Family">The kind of task: the group of its prompts.</param>
/// <param name="Instruction">What is to be done.</param>
/// <param name="Text">What it is to be done with.</param>
/// <param name="Response">The only right one.</param>
internal sealed record WorldTask(string Family, string Instruction, string Text, string Response);

/// <summary>The tasks of the world. Each has several wordings; every text has sentences that the task is not about.</summary>
internal static class WorldTasks
{
    private static readonly IReadOnlyList<Func<WorldText,
        WorldTask>> Families = [Translate, List, Count, Classify, Explain, Name, Rewrite, Describe, Repeat, Summarize];

    /// <summary>A task of any family.</summary>
    public static WorldTask Any(WorldText world) => world.Choice.Of(Families)(world);

    /// <summary>As many tasks of each family.</summary>
    public static IEnumerable<WorldTask> OfEach(WorldText world, int each) =>
        Families.SelectMany(family => Enumerable.Range(0, each).Select(_ => family(world)));

    private static WorldTask Translate(WorldText world)
    {
        var words = world.Choice.Some(Velan.Keys, 2 + world.Choice.Next(2));
        return new(
            "translate",
            world.Choice.Of(
                ["Translate the words into Velan.", "Translate these words into the language of Vela.", "Give the Velan translation of the words."]),
            $"{string.Join(", ", words)}.",
            $"In Velan: {string.Join(", ", words.Select(word => Velan[word]))}.");
    }

    private static WorldTask List(WorldText world)
    {
        var (kind, words) = world.Choice.Of(Kinds);
        var text = Until(world, 4, sentences => Of(sentences, words) is { Count: > 1 } things && things.Distinct().Count() == things.Count);
        return new(
            "list",
            world.Choice.Of([$"List the {kind} in the text.", $"List all {kind} that the text names.", $"Make a list of the {kind}."]),
            WorldText.Join(text),
            $"The {kind} are: {string.Join(", ", Of(text, words))}.");
    }

    private static WorldTask Count(WorldText world)
    {
        var (kind, words) = world.Choice.Of(Kinds);
        var text = Until(world, 3, sentences => Of(sentences, words).Count is > 0 and < 5);
        return new(
            "count",
            world.Choice.Of([$"Count the {kind} in the text.", $"Count how many {kind} the text names.", $"Calculate the number of {kind}."]),
            WorldText.Join(text),
            $"The number of {kind} is {Numbers[Of(text, words).Count]}.");
    }

    private static WorldTask Classify(WorldText world)
    {
        var glad = world.Choice.OneIn(2);
        var text = With(world, 2, world.Mood(world.Choice.Of(People), world.Choice.Of(glad ? Glad : Sad)));
        return new(
            "classify",
            world.Choice.Of(["Classify the text as glad or sad.", "Classify the mood of the text: glad or sad.", "Decide whether the text is glad or sad."]),
            WorldText.Join(text),
            $"The mood of the text is {(glad ? "glad" : "sad")}.");
    }

    private static WorldTask Explain(WorldText world)
    {
        var (person, deed, reason) = (world.Choice.Of(People), world.Choice.Of(Deeds), world.Choice.Of(Reasons));
        return new(
            "explain",
            world.Choice.Of([$"Explain why {person} {deed}.", $"Explain the reason why {person} {deed}.", $"Give the reason why {person} {deed}."]),
            WorldText.Join(With(world, 2, world.Because(person, deed, reason))),
            $"{person} {deed} because {reason}.");
    }

    private static WorldTask Name(WorldText world)
    {
        var (person, place, job) = (world.Choice.Of(People), world.Choice.Of(Places), world.Choice.Of(Jobs));
        return world.Choice.OneIn(2)
            ? new(
                "name", world.Choice.Of([$"Name the place where {person} lives.", $"Find the place where {person} lives.", $"Identify the home of {person}."]),
                WorldText.Join(With(world, 2, world.Home(person, place))), $"{person} lives in {place}.")
            : new(
                "name", world.Choice.Of([$"Name the job of {person}.", $"Find the job of {person}.", $"Identify the work of {person}."]),
                WorldText.Join(With(world, 2, world.Work(person, job))), $"{person} is a {job}.");
    }

    private static WorldTask Rewrite(WorldText world)
    {
        var people = world.Choice.Some(People, 2);
        WorldSentence sentence;
        do sentence = world.Any(people[0]);
        while (!sentence.Text.StartsWith(people[0], StringComparison.Ordinal) || sentence.Text.Contains(people[1], StringComparison.Ordinal));
        return new(
            "rewrite",
            world.Choice.Of(
                [$"Rewrite the sentence with {people[1]} in place of {people[0]}.", $"Rewrite it about {people[1]} and not {people[0]}.",
                $"Change {people[0]} to {people[1]} in the sentence."]),
            sentence.Text,
            people[1] + sentence.Text[people[0].Length..]);
    }

    private static WorldTask Describe(WorldText world)
    {
        var (person, colour, thing) = (world.Choice.Of(People), world.Choice.Of(Colours), world.Choice.Of([.. Animals, .. Tools]));
        return new(
            "describe",
            world.Choice.Of(
                [$"Describe the {thing} of {person}.", $"Describe what the {thing} of {person} looks like.",
                $"Tell me the colour of the {thing} of {person}."]),
            WorldText.Join(With(world, 2, world.Colour(person, thing, colour))),
            $"The {thing} of {person} is {colour}.");
    }

    private static WorldTask Repeat(WorldText world)
    {
        var text = world.Some(3);
        var last = world.Choice.OneIn(2);
        var which = last ? "last" : "first";
        return new(
            "repeat",
            world.Choice.Of([$"Repeat the {which} sentence of the text.", $"Quote the {which} sentence.", $"Write the {which} sentence again."]),
            WorldText.Join(text),
            (last ? text[^1] : text[0]).Text);
    }

    private static WorldTask Summarize(WorldText world)
    {
        var (person, place, job) = (world.Choice.Of(People), world.Choice.Of(Places), world.Choice.Of(Jobs));
        IReadOnlyList<WorldSentence> text = [world.Work(person, job), world.Home(person, place), world.Any(person), world.Any(person)];
        return new(
            "summarize",
            world.Choice.Of(["Summarize the text in one sentence.", "Summarize what the text is about.", "Write a summary of the text."]),
            WorldText.Join(world.Choice.Some(text, 4)),
            $"The text is about {person}, a {job} in {place}.");
    }

    private static List<string> Of(IEnumerable<WorldSentence> sentences, IReadOnlyList<string> words) =>
        [.. sentences.SelectMany(sentence => sentence.Things).Where(words.Contains)];

    private static IReadOnlyList<WorldSentence> Until(WorldText world, int count, Func<IReadOnlyList<WorldSentence>, bool> holds)
    {
        IReadOnlyList<WorldSentence> text;
        do text = world.Some(count);
        while (!holds(text));
        return text;
    }

    /// <summary>A sentence among others.</summary>
    private static IReadOnlyList<WorldSentence> With(WorldText world, int others, WorldSentence sentence) =>
        world.Choice.Some([sentence, .. world.Some(others)], others + 1);
}
