using Interpret.Contracts;
using Interpret.Exchange.Text;

namespace Interpret.Exchange.Datasets;

/// <summary>What makes a row of a dataset usable, in whatever format it comes.</summary>
internal sealed class DatasetRules
{
    private readonly HashSet<string> ids = new(StringComparer.Ordinal);

    /// <summary>The prompt of the next row, or what is wrong with it.</summary>
    public RowResult<DatasetPrompt> Prompt(DatasetRow row)
    {
        var id = row.Id.Trim();
        if (CaseId.Flaw(id) is { } flaw) return new RowFlaw(ErrorClasses.BadId, "an id usable as a file name", flaw, "id");
        if (string.IsNullOrWhiteSpace(row.Prompt)) return new RowFlaw(ErrorClasses.EmptyPrompt, "a prompt", "none", row.PromptField);
        var spans = InstructionSpans.Widen(row.Instruction, row.Prompt);
        if (spans.Flaw is { } unfit) return unfit;
        if (row.QuotesContext && LinearSearch.IndexOf(row.Prompt, row.Context) < 0)
            return new RowFlaw(ErrorClasses.ContextNotInPrompt, "a part of the prompt", Quoted.Of(row.Context), "context");
        var evidence = EvidenceSpans.Of(row.Evidence ?? [], row.Context);
        if (evidence.Flaw is { } outside) return outside;
        if (!ids.Add(id)) return new RowFlaw(ErrorClasses.DuplicateId, "an id of its own", $"{Quoted.Of(id)} again", "id");
        return new DatasetPrompt(row.Row, id, row.Prompt, row.Reference, spans.Value!, row.Context)
        {
            Messages = row.Messages,
            Evidence = row.Evidence is null ? null : evidence.Value,
        };
    }
}
