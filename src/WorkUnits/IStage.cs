using Interpret.Contracts;
using Interpret.Storage;

namespace Interpret.WorkUnits;

/// <summary>A unit in a worker's hands.</summary>
/// <param name="Unit">Its row, as it was taken.</param>
/// <param name="Study">The study's definition.</param>
/// <param name="SubmittedAt">When the study was submitted, Unix milliseconds; tells it from a former one of its name.</param>
/// <param name="ModelIfAny">The model that it is about; null: it is about no single one.</param>
public sealed record UnitContext(WorkUnitRow Unit, StudyDefinition Study, long SubmittedAt, ModelRow? ModelIfAny)
{
    /// <summary>The model that it is about.</summary>
    public ModelRow Model => ModelIfAny ?? throw new InvalidOperationException($"{Unit.Stage} of {Unit.Subject} is about no single model");
}

/// <summary>The worked half of a stage: takes a unit's subject, explains, and says what is to be stored.</summary>
public interface IStage : IKind
{
    /// <param name="unit">The unit.</param>
    /// <param name="cancel">The worker is being stopped: ends the work, and the unit is given back.</param>
    /// <returns>
    /// Stores the result, within the transaction that marks the unit done; may run again after a failure of the database, so it must write
    /// the same when it does. What becomes of a unit whose work throws stands in <see cref="UnitPolicy.Failures"/>.
    /// </returns>
    Task<Func<InterpretContext, Task>> WorkAsync(UnitContext unit, CancellationToken cancel);
}
