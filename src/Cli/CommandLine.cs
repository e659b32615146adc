using System.CommandLine;
using Interpret.Cli.Clients;
using Interpret.Cli.Commands;

namespace Interpret.Cli;

/// <summary>Every command of <c>interpret</c>.</summary>
public static class CommandLine
{
    public static RootCommand Create() => new(
        "What instruction tuning does inside a language model: attribution, attention patterns, concepts, and the tables about them.")
    {
        DemoCommand.Create(),
        RunCommand.Create(),
        AnnotateCommand.Create(),
        RehearseCommand.Create(),
        ReportCommand.Create(),
        ImportCommand.Create(),
        ExportCommand.Create(),
        ExplainCommand.Create(),
        VerifyCommand.Create(),
        TokenizeCommand.Create(),
        CheckCommand.Create(),
        SubmitCommand.Create(),
        WatchCommand.Create(),
        ServeCommand.Create(),
        StatusCommand.Create(),
        UnitsCommand.Create(),
        WorkersCommand.Create(),
        ModelsCommand.Create(),
        TokensCommand.Create(),
        AuditCommand.Create(),
        LoginCommand.Login(),
        LoginCommand.Logout(),
        StudyCommands.Priority(),
        QuotaCommand.Create(),
        StudyCommands.Pause(),
        StudyCommands.Cancel(),
        StudyCommands.Archive(),
        StudyCommands.Delete(),
        StudyCommands.Resume(),
        StudyCommands.Failures(),
        StudyCommands.Retry(),
        ForecastCommand.Create(),
        TrainCommand.Create(),
        DoctorCommand.Create(),
        StudyClient.ServerOption,
    };
}
