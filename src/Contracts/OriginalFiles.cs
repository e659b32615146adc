namespace Interpret.Contracts;

/// <summary>The original's formats that come in and go out, by their names in commands and addresses.</summary>
public static class OriginalFiles
{
    public const string Attributions = "attributions";
    public const string Attention = Stages.Attention;
    public const string FeedForward = Stages.FeedForward;
    public const string Annotations = "annotations";

    public static IReadOnlyList<string> All { get; } = [Attributions, Attention, FeedForward, Annotations];

    /// <returns><paramref name="kind"/>, if it is one.</returns>
    /// <exception cref="BadInputException"><c>kind-unknown</c>.</exception>
    public static string Require(string kind) =>
        All.Contains(kind) ? kind : throw new BadInputException(ErrorClasses.KindUnknown, "request", null, $"one of {string.Join(", ", All)}", kind);
}
