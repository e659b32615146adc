using Interpret.Contracts;

namespace Interpret.Models.Templates.Jinja;

/// <summary>
/// One reading or evaluation of a template: what its errors name and what it may cost. A template comes with a checkpoint from elsewhere, so
/// whatever it says ends within these bounds.
/// </summary>
/// <param name="source">What errors call the template.</param>
/// <param name="deepest">How deep constructs and values may be nested, so that the thread's stack holds them.</param>
internal sealed class TemplateRun(string source, int deepest)
{
    /// <summary>Characters of a template, of a text that it makes and of its output, at most.</summary>
    public const int LongestText = 4_000_000;

    /// <summary>Items of a list at most; what a sandbox of Jinja's allows a range.</summary>
    public const int MostItems = 100_000;

    private const long MostSteps = 2_000_000;
    private const int LettersPerStep = 256;

    private long steps;
    private int depth;

    /// <summary>The line that is read or evaluated, from 1.</summary>
    public int Line { get; set; } = 1;

    /// <summary>Counts a step of the evaluation, and the text or items that it goes through.</summary>
    public void Step(long letters = 0)
    {
        steps += 1 + (letters / LettersPerStep);
        if (steps > MostSteps)
            throw Bad($"a template that ends within {MostSteps:N0} steps", "more of them");
    }

    /// <summary>Goes one level deeper into nested constructs or values; <see cref="Leave"/> comes back.</summary>
    public void Enter()
    {
        if (++depth > deepest)
            throw Bad($"constructs and values nested at most {deepest} deep", "deeper ones");
    }

    public void Leave() => depth--;

    /// <summary>Passes a text that the template makes, if it is not too long.</summary>
    public string Made(string text)
    {
        RequireLength(text.Length);
        Step(text.Length);
        return text;
    }

    /// <summary>Refuses a text before it is made.</summary>
    public void RequireLength(long letters)
    {
        if (letters > LongestText)
            throw Bad($"texts of at most {LongestText:N0} characters", $"{letters:N0}");
    }

    /// <summary>Refuses a list before it is made.</summary>
    public void RequireItems(long items)
    {
        if (items > MostItems)
            throw Bad($"at most {MostItems:N0} items", $"{items:N0}");
        Step(items);
    }

    /// <summary>The error of what stands in the present line.</summary>
    public BadInputException Bad(string expected, string found, string? remedy = null) =>
        new(ErrorClasses.Template, source, $"line {Line}", expected, found, remedy);

    /// <summary>The error of a construct that is not known.</summary>
    public BadInputException Unknown(string kind, string name, string? known = null) => Bad(
        known is null ? $"a {kind} that is evaluated here" : $"a {kind} of {known}", $"{kind} {Quoted.Of(name)}",
        "What is not known is refused, so that no prompt is guessed; a template in a file of one's own says the same in other words");
}
