namespace Interpret.Contracts;

/// <summary>The kinds of work inside a study, by the names that rows, queues and reports use.</summary>
public static class Stages
{
    public const string Attribution = "attribution";
    public const string Attention = "attention";
    public const string FeedForward = "feed-forward";
    public const string Faithfulness = "faithfulness";

    /// <summary>The stage in which a model says what it holds likeliest in the place of each token of another model's response.</summary>
    public const string ContrastTokens = "contrast-tokens";

    /// <summary>The stage in which a model's response tokens are explained against these.</summary>
    public const string ContrastScores = "contrast-scores";

    /// <summary>The stage of a unit that asks the questions below of a batch of concepts, concept by concept.</summary>
    public const string Annotation = "annotation";
    public const string Summary = "summary";
    public const string TaskLabel = "task-label";
    public const string LinguisticLabel = "linguistic-label";

    /// <summary>The question which of ten words belong to a summary.</summary>
    public const string Detection = "detection";
}

/// <summary>The two sides of a pair.</summary>
public static class Roles
{
    public const string Base = "base";
    public const string Tuned = "tuned";
}
