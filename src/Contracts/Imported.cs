namespace Interpret.Contracts;

/// <summary>What an import left behind.</summary>
/// <param name="Things">What was stored, e.g. <c>concepts</c>.</param>
/// <param name="Stored">How many.</param>
/// <param name="Layers">Layers that they are of; null for attributions.</param>
/// <param name="Ratings">Ratings that were stored with attributions; null where none were given.</param>
/// <param name="Others">Rows of other models, or of another size, by both; they were left alone.</param>
/// <param name="Parked">Files or rows that cannot be used.</param>
/// <param name="Rejected">Rows of a dataset or of ratings that cannot be used, in words.</param>
/// <param name="Notes">What was passed over without harm, in words; null where nobody says.</param>
public sealed record Imported(
    string Things,
    int Stored,
    int? Layers,
    int? Ratings,
    IReadOnlyDictionary<string, int> Others,
    IReadOnlyList<ParkedInput> Parked,
    IReadOnlyList<string> Rejected,
    IReadOnlyList<string>? Notes = null);

/// <summary>A file, or a row of one, that was set aside.</summary>
/// <param name="ErrorClass">Its class, by which <c>failures</c> groups.</param>
/// <param name="Error">What was expected, what was found, where.</param>
public sealed record ParkedInput(string ErrorClass, string Error);
