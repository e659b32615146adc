using Interpret.AnnotatorWorker;
using Interpret.Contracts;

namespace Interpret.Cli.Forecasts;

/// <summary>What one of the questions will come to.</summary>
/// <param name="Stage">Which question.</param>
/// <param name="Calls">Calls.</param>
/// <param name="InputTokens">Tokens of the questions.</param>
/// <param name="OutputTokens">Tokens of the answers.</param>
public sealed record StageForecast(string Stage, double Calls, double InputTokens, double OutputTokens);

/// <summary>How alike a chat model's summaries are taken to be.</summary>
/// <param name="Interpretable">Share of the concepts whose summary says something; the others get no labels.</param>
/// <param name="Distinct">Share of those summaries that no other equals: labels of equal ones are asked once.</param>
public sealed record SummaryShares(double Interpretable = 1, double Distinct = 1);

/// <summary>What annotation will cost.</summary>
/// <param name="Concepts">Concepts of a pass, of all models.</param>
/// <param name="Passes">Passes.</param>
/// <param name="MostCalls">Calls when every concept gets both labels and no two summaries are alike.</param>
/// <param name="Stages">Calls and tokens by question, equal questions asked once.</param>
/// <param name="Usd">US dollars; null where there is no price for the chat model.</param>
/// <param name="Hours">Under the quota; null where no limit is known.</param>
/// <param name="Binding">The limit that makes it last so long.</param>
public sealed record AnnotationForecast(
    long Concepts, int Passes, double MostCalls, IReadOnlyList<StageForecast> Stages, double? Usd, double? Hours, string? Binding)
{
    private const int CharactersPerToken = 4;

    /// <summary>What a message costs beside its text.</summary>
    private const int TokensPerMessage = 4;

    public double Calls => Stages.Sum(stage => stage.Calls);

    public double Tokens => Stages.Sum(stage => stage.InputTokens + stage.OutputTokens);

    /// <param name="concepts">Concepts of a pass, directions of a control included.</param>
    /// <param name="passes">Passes.</param>
    /// <param name="prompts">The questions; the examples' answers say how long answers are.</param>
    /// <param name="wordsLength">Characters of a concept's words, as the chat model is shown them.</param>
    /// <param name="shares">How alike summaries are.</param>
    /// <param name="price">Null: not known.</param>
    /// <param name="limits">What the service lets through.</param>
    /// <param name="wordLength">Characters of a word, as a judge is shown it.</param>
    public static AnnotationForecast Of(
        long concepts, int passes, AnnotationPrompts prompts, double wordsLength, SummaryShares shares, Price? price, QuotaLimits limits, double wordLength = 0)
    {
        double summaries = (double)concepts * passes, labels = summaries * shares.Interpretable * shares.Distinct;
        var summaryLength = AnswerLength(prompts.Summary);
        // The prompt's other placeholder is not there any more, and each word has its number and its line.
        var judgedLength = (DetectionScore.Words * (wordLength + "1. \n".Length)) - ChatPrompt.Words.Length;
        StageForecast[] stages =
        [
            Stage(Contracts.Stages.Summary, summaries, prompts.Summary, wordsLength),
            Stage(Contracts.Stages.TaskLabel, labels, prompts.TaskLabel, summaryLength),
            Stage(Contracts.Stages.LinguisticLabel, labels, prompts.LinguisticLabel, summaryLength),
            // Of equal summaries too, since its words are others: every summary that says something has a judge's question of its own.
            .. prompts.Detection is { } detection
                ? [Stage(Contracts.Stages.Detection, summaries * shares.Interpretable, detection.Prompt, summaryLength + judgedLength)] : (StageForecast[])[],
        ];
        var usd = price is null ? (double?)null : stages.Sum(stage => (stage.InputTokens * price.Input) + (stage.OutputTokens * price.Output)) / 1e6;
        var (hours, binding) = Under(limits, stages.Sum(stage => stage.Calls), stages.Sum(stage => stage.InputTokens + stage.OutputTokens));
        return new AnnotationForecast(concepts, passes, summaries * stages.Length, stages, usd, hours, binding);
    }

    private static StageForecast Stage(string stage, double calls, ChatPrompt prompt, double about)
    {
        var characters = prompt.System.Length + prompt.Examples.Sum(example => example.User.Length + example.Assistant.Length)
            + prompt.User.Length - prompt.Placeholder.Length + about;
        var input = (characters / CharactersPerToken) + (TokensPerMessage * (2 + (2 * prompt.Examples.Count)));
        return new StageForecast(stage, calls, calls * input, calls * Math.Max(1, AnswerLength(prompt) / CharactersPerToken));
    }

    /// <summary>Characters of an answer, as the examples have them.</summary>
    private static double AnswerLength(ChatPrompt prompt) => prompt.Examples.Count == 0 ? 40
        : prompt.Examples.Average(example => (double)example.Assistant.Length);

    private static (double? Hours, string? Binding) Under(QuotaLimits limits, double calls, double tokens)
    {
        var times = new (double? Hours, string Limit)[]
        {
            (calls / limits.RequestsPerMinute / 60, "requests a minute"), (tokens / limits.TokensPerMinute / 60, "tokens a minute"),
                (calls / limits.RequestsPerDay * 24, "requests a day"),
        };
        var longest = times.Where(time => time.Hours is not null).OrderByDescending(time => time.Hours).FirstOrDefault();
        return (longest.Hours, longest.Limit);
    }
}
