using Interpret.Contracts;

namespace Interpret.Reports.Documents;

/// <summary>A format in which reports become one file that stands alone. The same rows give the same bytes, wherever and whenever it is written.</summary>
public interface IDocumentFormat : IKind
{
    /// <summary>How the names of its files end, without the dot.</summary>
    string Extension { get; }

    /// <summary>What it is over HTTP.</summary>
    string MediaType { get; }

    /// <summary>What a browser may do with it when a service hands it over; null: nothing is said beyond what is said of every page.</summary>
    string? Policy => null;

    /// <summary>The document as a file.</summary>
    byte[] Render(StudyDocument document);
}

/// <summary>The formats of documents.</summary>
public static class DocumentFormats
{
    /// <summary>All, in the order in which they are named.</summary>
    public static Kinds<IDocumentFormat> All { get; } = new("format", new HtmlDocument(), new PdfDocument());
}
