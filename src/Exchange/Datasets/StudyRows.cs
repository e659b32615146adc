using System.Text.Json;
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
        Messages = prompt.Messages is null ? null : JsonSerializer.Serialize(prompt.Messages, JsonSerializerOptions.Web),
        Context = prompt.Context.Length == 0 ? null : prompt.Context,
        Evidence = prompt.Evidence is null ? null : [.. prompt.Evidence.SelectMany(span => new[] { span.Start, span.End })],
    };
}
