using Interpret.Storage;

namespace Interpret.Exchange.Datasets;

/// <summary>Turns what files say into rows.</summary>
public static class StudyRows
{
    public static PromptRow ToRow(this DatasetPrompt prompt, string study) => new()
    {
        StudyId = study,
        Id = prompt.Id,
        Row = prompt.Row,
        Text = prompt.Prompt,
        Reference = prompt.Reference,
        Spans = [.. prompt.Spans],
    };

    /// <summary>A ratings file names a model by its name alone or, as the original's, by name and size joined: <c>vicuna_7B</c>.</summary>
    public static bool IsOf(this Rating rating, string name, string? size) =>
        rating.Model == name || (string.IsNullOrEmpty(size) ? rating.Model.StartsWith(name + "_", StringComparison.Ordinal) : rating.Model == $"{name}_{size}");
}
