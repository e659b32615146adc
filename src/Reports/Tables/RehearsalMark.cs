namespace Interpret.Reports.Tables;

/// <summary>Marks what was computed from a rehearsal endpoint's answers, so that nobody takes it for a finding.</summary>
public static class RehearsalMark
{
    /// <summary>The title, marked if need be.</summary>
    public static string Title(string title, bool rehearsal) => rehearsal ? $"{title} (rehearsal)" : title;

    /// <summary>The caption, with a warning before it if need be.</summary>
    public static string Caption(string caption, bool rehearsal) => rehearsal ? $"Rehearsal: no chat model gave these answers, and they mean nothing. {caption}" : caption;
}
