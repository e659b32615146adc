using System.Text.Json.Serialization;

namespace Interpret.Contracts;

/// <summary>The questions as texts in the format of prompt files; null: the project's own.</summary>
public sealed record PromptTexts(string? Summary = null, string? TaskLabel = null, string? LinguisticLabel = null)
{
    /// <summary>The question which of ten words belong to a summary; what a study without detection does not ask.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Detection { get; init; }
}

/// <summary>What someone asks for beside what the study says; null: as the study says.</summary>
/// <param name="Passes">Passes there should be in the end.</param>
/// <param name="Endpoint">Base address of an OpenAI-compatible service.</param>
/// <param name="ChatModel">The chat model's name there.</param>
/// <param name="SpendLimitUsd">Stop at this sum, in US dollars.</param>
/// <param name="Prompts">Other prompts than the study's.</param>
/// <param name="Batch">By the service's batch interface, at half the price and within a day.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record AnnotationRequest(
    int? Passes = null, Uri? Endpoint = null, string? ChatModel = null, double? SpendLimitUsd = null, PromptTexts? Prompts = null, bool Batch = false)
{
    public const int MostPasses = 1000;

    /// <summary>The form in which the service takes questions.</summary>
    public QuestionForm? Form { get; init; }

    /// <summary>Refuses what makes no sense, before anybody is asked anything.</summary>
    /// <exception cref="BadInputException"><c>annotation-request</c>.</exception>
    public void Check()
    {
        if (Passes is < 1 or > MostPasses)
            throw Bad("passes", $"a whole number from 1 to {MostPasses}", $"{Passes}");
        if (Endpoint is not null
            && !(Endpoint.IsAbsoluteUri && Endpoint.Scheme is "http" or "https" && (Endpoint.UserInfo + Endpoint.Query + Endpoint.Fragment).Length == 0))
            throw Bad("endpoint", "an http or https address with no user, query or fragment", Endpoint.IsAbsoluteUri
                ? $"one of {Endpoint.Scheme} for {Endpoint.Host}" : $"{Endpoint}");
        if (ChatModel is not null && string.IsNullOrWhiteSpace(ChatModel))
            throw Bad("chatModel", "a name", "an empty one");
        if (Form?.Flaw() is { } flaw)
            throw Bad("form", "a form of questions that is known", flaw);
        if (SpendLimitUsd is < 0)
            throw Bad("spendLimitUsd", "a sum of 0 or more", $"{SpendLimitUsd}");
    }

    private static BadInputException Bad(string key, string expected, string found) => new(ErrorClasses.AnnotationRequest, "request", key, expected, found);
}

/// <summary>What was queued.</summary>
/// <param name="Study">The study.</param>
/// <param name="Rehearsal">Whether a rehearsal endpoint answers.</param>
/// <param name="Endpoint">Who is asked.</param>
/// <param name="ChatModel">Which model there.</param>
/// <param name="Passes">Passes there are now.</param>
/// <param name="Concepts">Concepts of a pass, of all models.</param>
/// <param name="Added">Units that came to those there were.</param>
/// <param name="LayersToCome">Feed-forward layers that are not read out yet: their concepts are left out for now.</param>
public sealed record AnnotationQueued(string Study, bool Rehearsal, string Endpoint, string ChatModel, int Passes, int Concepts, int Added, int LayersToCome)
{
    /// <summary>Directions of the control that are annotated in each pass as well.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Control { get; init; }
}
