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

/// <summary>A stage whose units of one model cost less together than one by one.</summary>
public interface IBatchStage : IStage
{
    /// <summary>Units from which on more of them save nothing.</summary>
    int MostTogether { get; }

    /// <summary>Units that are worked together however long each takes: more than one where a batch costs nearly the same whatever it holds.</summary>
    int LeastTogether => 1;

    /// <param name="units">Units of one study and model.</param>
    /// <param name="cancel">As for one.</param>
    /// <returns>
    /// What came of each, in their order: one that cannot be done does not keep the others from it. Where all of it throws, each unit is worked alone.
    /// </returns>
    Task<IReadOnlyList<UnitResult>> WorkAsync(IReadOnlyList<UnitContext> units, CancellationToken cancel);

    async Task<Func<InterpretContext, Task>> IStage.WorkAsync(UnitContext unit, CancellationToken cancel)
    {
        var result = (await WorkAsync([unit], cancel))[0];
        return result.Write ?? throw result.Failure!;
    }
}

/// <summary>What came of a unit's work: one of the two.</summary>
/// <param name="Write">Stores the result, as <see cref="IStage.WorkAsync"/> says.</param>
/// <param name="Failure">Why there is none.</param>
public sealed record UnitResult(Func<InterpretContext, Task>? Write, Exception? Failure);
