namespace Interpret.Exchange.Text;

/// <summary>A row of an input file that cannot be used; the rows around it can.</summary>
/// <param name="Row">Its line in the file; the header is line 1.</param>
/// <param name="ErrorClass">Stable kebab-case class, e.g. <c>duplicate-id</c>.</param>
/// <param name="Expected">What would have been right.</param>
/// <param name="Found">What was there.</param>
public sealed record RejectedRow(int Row, string ErrorClass, string Expected, string Found)
{
    public override string ToString() => $"row {Row}: expected {Expected}, found {Found} [{ErrorClass}]";
}
