namespace Interpret.Explaining;

/// <summary>A part of a text, in characters (Unicode code points, as Python counts them), from 0.</summary>
/// <param name="Start">Its first character.</param>
/// <param name="End">The character behind its last.</param>
public readonly record struct CharacterSpan(int Start, int End)
{
    /// <summary>Whether the two have a character in common.</summary>
    public bool Overlaps(CharacterSpan other) => Start < other.End && other.Start < End;
}
