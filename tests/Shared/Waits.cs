namespace Interpret.Tests.Shared;

/// <summary>How long tests wait for what has to come.</summary>
public static class Waits
{
    /// <summary>After this they take it for something that never comes; not a measure of speed, for the machine may be doing other things as well.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);
}
