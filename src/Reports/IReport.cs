using Interpret.Contracts;
using Interpret.Reports.Formats;

namespace Interpret.Reports;

/// <summary>A table or figure, made of stored rows of a study's models. A file each, and a line in <see cref="StudyReports.All"/>.</summary>
public interface IReport : IKind
{
    /// <summary>How the paper calls it, or its name.</summary>
    string Title => Name;

    /// <summary>Whether it compares a base model with its tuned sibling; else it is about the study's models, whichever they are.</summary>
    bool IsOfPair => true;

    /// <summary>Of those that compare: whether it says something of one model, too, where the study has no other.</summary>
    bool IsOfOne => false;

    /// <summary>Whether it is among what is written where all reports are asked for.</summary>
    bool IsInAll => true;

    /// <summary>Whether it is made, without rows, of a pair that has none for it, and listed for a pair that has none for any report.</summary>
    bool IsMadeEmpty => false;

    /// <summary>Whether to make it may take longer than a reader should look at an empty page: its page is shown first.</summary>
    bool TakesLong => false;

    /// <summary>What the pair, or the model, lacks for it, and what to do; null: nothing.</summary>
    Task<BadInputException?> MissingAsync(ReportScope scope, CancellationToken cancel);

    /// <summary>The table, or the figure's numbers as one.</summary>
    Task<ReportTable> MakeAsync(ReportScope scope, CancellationToken cancel);
}

/// <summary>A figure: a report that is drawn unless a format for its numbers is asked for.</summary>
public interface IDrawnReport : IReport
{
    /// <summary>How the names of drawings end, without the dot, and what they are over HTTP.</summary>
    const string Extension = "svg", MediaType = "image/svg+xml";

    /// <summary>Whether a table of it is what people ask for, and a drawing only where a file for one is named.</summary>
    bool IsTableFirst => false;

    /// <summary>The drawing, as an SVG document.</summary>
    Task<string> DrawAsync(ReportScope scope, CancellationToken cancel);
}
