namespace Interpret.Cli;

/// <summary>What a command's exit code says.</summary>
public static class ExitCodes
{
    public const int Done = 0;

    /// <summary>Done, but some units, files, rows or reports were set aside; or stopped before the end.</summary>
    public const int Parked = 1;

    public const int Usage = 2;
    public const int BadInput = 3;
    public const int Unreachable = 4;
}
