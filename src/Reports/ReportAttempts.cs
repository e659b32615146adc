using System.Runtime.ExceptionServices;

namespace Interpret.Reports;

/// <summary>Reports that are made one after the other: one that cannot be made does not keep those after it from being made.</summary>
public sealed class ReportAttempts
{
    private readonly List<string> failed = [];
    private ExceptionDispatchInfo? first;
    private bool isOneMade;

    /// <summary>Those that could not be made, each with its reason.</summary>
    public IReadOnlyList<string> Failed => failed;

    /// <summary>Makes one.</summary>
    /// <param name="name">What it is called where it cannot be made.</param>
    /// <returns>It, or null and why there is none.</returns>
    public async Task<(T? Made, string Reason)> MakeAsync<T>(string name, Func<Task<T>> make)
        where T : class
    {
        try
        {
            var made = await make();
            isOneMade = true;
            return (made, "");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            first ??= ExceptionDispatchInfo.Capture(e);
            failed.Add($"{name}: {e.Message}");
            return (null, e.Message);
        }
    }

    /// <summary>Throws what the first failed with where none was made: a database or a server that is not there is not about a report.</summary>
    public void RequireOne()
    {
        if (!isOneMade) first?.Throw();
    }
}
