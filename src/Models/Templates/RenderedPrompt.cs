namespace Interpret.Models.Templates;

/// <summary>A prompt as a template wraps it.</summary>
/// <param name="Text">What the model reads, special tokens in writing.</param>
/// <param name="Start">Where the prompt's own text begins in it, in UTF-16 characters.</param>
/// <param name="Length">How long that is.</param>
/// <param name="Lead">What stands before a response: nothing, or the blanks that the template writes before what an assistant says.</param>
/// <param name="WritesBeginning">Whether the text has the token that texts begin with, if there is one; else the tokenizer puts it there.</param>
/// <param name="SpecialTokens">The writing of the checkpoint's special tokens by their names.</param>
public sealed record RenderedPrompt(string Text, int Start, int Length, string Lead, bool WritesBeginning, IReadOnlyDictionary<string, string> SpecialTokens)
{
    /// <summary>The prompt's own text, as the template puts it in.</summary>
    public string Prompt => Text.Substring(Start, Length);
}
