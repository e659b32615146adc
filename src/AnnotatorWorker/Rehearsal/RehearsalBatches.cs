using Microsoft.AspNetCore.Builder;

namespace Interpret.AnnotatorWorker.Rehearsal;

/// <summary>The batch interface of a rehearsal endpoint.</summary>
internal sealed class RehearsalBatches(TimeProvider clock)
{
    public void Map(WebApplication application, Func<string, string> complete) => _ = (application, complete, clock);
}
