using Interpret.Reports.Formats;

namespace Interpret.Reports.Documents;

/// <summary>What a study reports, whole or in part, with what it was made from: what a file that stands alone is written of.</summary>
/// <param name="Study">The study's name.</param>
/// <param name="Facts">What it consists of and how far it is, a sentence each.</param>
/// <param name="Sections">A pair each, and last what is about all models.</param>
/// <param name="Lineage">The hashes of all that went in.</param>
/// <param name="Settings">What the study's file says, defaults included.</param>
public sealed record StudyDocument(
    string Study, IReadOnlyList<string> Facts, IReadOnlyList<DocumentSection> Sections, IReadOnlyList<Ingredient> Lineage,
    IReadOnlyList<StudySetting> Settings)
{
    internal const string RehearsalWarning = "Some of this comes from a rehearsal: no chat model gave those answers, and they mean nothing.";

    internal const string LineageNote = "Hashes are SHA-256. Computed anew from the stored rows, this file is the same, byte by byte.";

    /// <summary>Where a service says over HTTP which reports of a document failed: their names and reasons, escaped, with commas between them.</summary>
    public const string FailedHeader = "Interpret-Failed-Reports";

    /// <summary>The reports that could not be made, each with its reason.</summary>
    public IReadOnlyList<string> Failed { get; init; } = [];

    /// <summary>Whether any report is of a rehearsal.</summary>
    internal bool HasRehearsal => Sections.Any(section => section.Reports.Any(report => report.Table.Rehearsal));
}

/// <summary>The reports of a pair, or of all models.</summary>
public sealed record DocumentSection(string Heading, IReadOnlyList<DocumentReport> Reports);

/// <summary>A report in a document.</summary>
/// <param name="Name">As in <see cref="StudyReports.All"/>.</param>
/// <param name="Table">The table, or the figure's numbers.</param>
/// <param name="Drawing">The figure as an SVG document; null: it is none.</param>
public sealed record DocumentReport(string Name, ReportTable Table, string? Drawing)
{
    /// <summary>Why it could not be made, which stands in its place; null: it was.</summary>
    public string? Failure { get; private init; }

    /// <summary>One that could not be made.</summary>
    public static DocumentReport Without(string name, string reason) =>
        new(name, new ReportTable(name, "", [], []), null) { Failure = $"{name} could not be made: {reason}" };
}
