using Interpret.Contracts;

namespace Interpret.WorkUnits.Planning;

/// <summary>What a stage needs of a study beside its prompts.</summary>
[Flags]
public enum StageInputs
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The words to read out with.</summary>
    Vocabulary = 1,

    /// <summary>Static vectors of these words.</summary>
    Vectors = 2,
}

/// <summary>What is split into work units.</summary>
/// <param name="Study">The study.</param>
/// <param name="Of">The model whose part is split.</param>
/// <param name="Model">What is known of it.</param>
/// <param name="Prompts">The ids of its usable prompts, in file order.</param>
public sealed record StagePlanInput(StudyDefinition Study, StudyModel Of, ModelFacts Model, IReadOnlyList<string> Prompts);

/// <summary>
/// The planned half of a stage that explains a model: how a model's part of a study is split into work units. The other half is the
/// <see cref="IStage"/> of the same name, at the worker.
/// </summary>
public interface IStagePlan : IKind
{
    /// <summary>What a study must have for the stage; without it the stage is left out.</summary>
    StageInputs Needs { get; }

    /// <summary>The subjects of a model's units, in the order in which they are worked.</summary>
    IEnumerable<string> Subjects(StagePlanInput input);
}
