using System.Threading.Channels;
using Interpret.AnnotatorWorker.Chat;
using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Interpret.Cli.Embedded;

/// <summary>
/// How errors of the services that work in a command's own process are written: a line each, with the words of what caused them. Where they are in the
/// code is told of those alone that nobody expects.
/// </summary>
public sealed class LogLines() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "interpret-lines";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        if (Of(logEntry.LogLevel, logEntry.Formatter(logEntry.State, logEntry.Exception), logEntry.Exception) is { } line)
            textWriter.WriteLine(line);
    }

    /// <summary>The line of an entry; null: it says nothing to anybody.</summary>
    public static string? Of(LogLevel level, string message, Exception? error)
    {
        // The bus in memory closes its channels when the work is done, while some of its receivers still look at them.
        if (error is not null && Causes(error).Any(cause => cause is ChannelClosedException)) return null;
        var words = error is null || message.Contains(error.Message, StringComparison.Ordinal) ? "" : $": {Causes(error).Last().Message}";
        var trace = error is null || Causes(error).Any(IsOrdinary) ? "" : $"\n{error}";
        return TerminalText.Plain($"{(level >= LogLevel.Error ? "error" : "note")}: {message}{words}{trace}");
    }

    private static bool IsOrdinary(Exception error) =>
        error is BadInputException or ChatTroubleException or HttpRequestException or IOException or TimeoutException or OperationCanceledException
            or UnauthorizedAccessException
        || DatabaseFailure.Lasting(error) is not null || DatabaseFailure.IsPassing(error);

    private static IEnumerable<Exception> Causes(Exception error)
    {
        for (var cause = error; cause is not null; cause = cause.InnerException) yield return cause;
    }
}
