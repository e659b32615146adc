using Interpret.Contracts;
using Interpret.WorkUnits;

namespace Interpret.Pages.Actions;

/// <summary>What an action asks for beside a yes.</summary>
internal enum ActionInput
{
    None,

    /// <summary>An error class of parked units, or none for all.</summary>
    ErrorClass,

    /// <summary>A priority.</summary>
    Priority,

    /// <summary>Limits of the quota, and a spend limit.</summary>
    Quota,
}

/// <summary>Something that an operator does to a study; the same as the command of its name.</summary>
/// <param name="Name">Its name, as in the command and the address.</param>
/// <param name="Title">On its button.</param>
/// <param name="Meaning">What it will do, said before it is done.</param>
/// <param name="Input">What it asks for.</param>
/// <param name="DoAsync">Does it to a study, with what was asked for; gives how many units or rows it changed.</param>
/// <param name="Said">What is said when it is done to so many.</param>
internal sealed record StudyAction(
    string Name, string Title, string Meaning, ActionInput Input, Func<StudyTools, string, ActionForm, CancellationToken, Task<long>> DoAsync,
    Func<long, string> Said)
    : IKind
{
    /// <summary>Whether it is for studies whose annotation was queued.</summary>
    public bool OfAnnotation { get; init; }

    /// <summary>The studies on whose page it is.</summary>
    public Func<StudyOverview, bool> IsShown { get; init; } = _ => true;

    /// <summary>Whether the study itself is gone afterwards.</summary>
    public bool Ends { get; init; }
}

/// <summary>What actions work with.</summary>
internal sealed record StudyTools(UnitLedger Ledger, StudyOperations Operations, AnnotationOperations Annotation);

/// <summary>What was filled in; null: that field is not on the action's page.</summary>
internal sealed record ActionForm(string? Value, string? Requests, string? Tokens, string? Day, string? SpendLimit);
