namespace Interpret.Cli.Clients;

/// <summary>A server that could not be reached, or refused.</summary>
/// <param name="message">What it said, or why it could not be asked.</param>
/// <param name="exitCode">What the command ends with.</param>
/// <param name="errorClass">The class of the error, where the server named one.</param>
/// <param name="cause">The technical cause.</param>
public sealed class ServiceException(string message, int exitCode, string? errorClass = null, Exception? cause = null) : Exception(message, cause)
{
    public int ExitCode => exitCode;

    public string? ErrorClass => errorClass;
}
