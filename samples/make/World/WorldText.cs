using static Interpret.Samples.Make.World.WorldWords;

namespace Interpret.Samples.Make.World;

/// <summary>A sentence about the world, and what is in it.</summary>
/// <param name="Text">With its full stop.</param>
/// <param name="Things">Animals, foods and tools that it names, in order.</param>
internal sealed record WorldSentence(string Text, params IReadOnlyList<string> Things);

/// <summary>Makes sentences and texts about the world.</summary>
internal sealed class WorldText(SeededChoice choice)
{
    public SeededChoice Choice => choice;

    public WorldSentence Home(string person, string place) => new($"{person} lives in {place}.");

    public WorldSentence Work(string person, string job) => new($"{person} is a {job}.");

    public WorldSentence Colour(string person, string thing, string colour) => new($"{person} has a {colour} {thing}.", thing);

    public WorldSentence Because(string person, string deed, string reason) => new($"{person} {deed} because {reason}.");

    public WorldSentence Mood(string person, string verb) => new($"{person} {verb} all day.");

    /// <summary>A sentence that names some things, or none.</summary>
    public WorldSentence Any(string person)
    {
        switch (choice.Next(8))
        {
            case 0:
                var food = choice.Of(Foods);
                return new($"{person} bought {food} at the market.", food);
            case 1:
                var animal = choice.Of(Animals);
                return new($"{person} saw a {animal} near the river.", animal);
            case 2:
                var (tool, other) = (choice.Of(Tools), choice.Of(People));
                return new($"{person} gave a {tool} to {other}.", tool);
            case 3:
                var two = choice.Some(Animals, 2);
                return new($"{person} fed the {two[0]} and the {two[1]}.", two);
            case 4:
                return new($"The day was {choice.Of(Weathers)}.");
            case 5:
                return new($"{person} met {choice.Of(People)} in {choice.Of(Places)}.");
            case 6:
                var kept = choice.Of(Tools);
                return new($"{person} kept the {kept} under the bed.", kept);
            default:
                var made = choice.Of(Foods);
                return new($"{person} made {made} for {choice.Of(People)}.", made);
        }
    }

    /// <summary>Some sentences of any kind.</summary>
    public IReadOnlyList<WorldSentence> Some(int count)
    {
        var people = choice.Some(People, 2);
        return [.. Enumerable.Range(0, count).Select(_ => Any(choice.Of(people)))];
    }

    /// <summary>Sentences one after the other.</summary>
    public static string Join(IEnumerable<WorldSentence> sentences) => string.Join(' ', sentences.Select(sentence => sentence.Text));
}
