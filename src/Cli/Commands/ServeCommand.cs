using System.CommandLine;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Pages;
using Interpret.Reports;
using Interpret.ServiceDefaults;
using Interpret.WorkUnits;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret serve</c>: the pages of the studies on this machine.</summary>
public static class ServeCommand
{
    /// <summary>Where it listens unless told otherwise.</summary>
    internal const int Port = 8082;

    public static Command Create()
    {
        var study = new Argument<string?>("study")
        {
            Description = "A study that is to be among them: demo is kept apart from the others.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var port = NumberOption.Create("--port", $"Port on this machine; 0: any that is free; default: {Port}.", least: 0, most: 65_535, fallback: Port);
        var command = new Command("serve", "Shows the studies on this machine as pages, to this machine alone, until it is interrupted.") { study, port };
        command.SetAction(async (parsed, cancel) =>
        {
            var named = parsed.GetValue(study);
            return await RunAsync(await EmbeddedState.OpenExistingAsync(cancel, named), named, (int)parsed.GetValue(port)!.Value, cancel);
        });
        return command;
    }

    /// <summary>Serves a state until interrupted.</summary>
    /// <param name="study">The study whose page is named; null: the list of all.</param>
    public static async Task<int> RunAsync(EmbeddedState state, string? study, int port, CancellationToken cancel)
    {
        if (study is not null) await state.RequireStudyAsync(study, cancel);
        await using var app = Create(state, port);
        try
        {
            await app.StartAsync(cancel);
        }
        catch (IOException e)
        {
            throw new BadInputException(ErrorClasses.SettingBad, "serve", "--port", "a port that is free", $"{port}: {e.Message}", inner: e);
        }

        var address = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single();
        await Console.Out.WriteLineAsync(study is null ? address : $"{address}/study/{Uri.EscapeDataString(study)}");
        Screen.Error.MarkupLine($"Whoever is on this machine may read. To change something, sign in with the token in [bold]{TerminalText.Escaped(AccessToken.DefaultFile)}[/], or Http__Token.");
        await app.WaitForShutdownAsync(cancel);
        return ExitCodes.Done;
    }

    /// <summary>The pages of a state.</summary>
    public static WebApplication Create(EmbeddedState state, int port)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "interpret", ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders().AddConsoleFormatter<LogLines, ConsoleFormatterOptions>().AddConsole(options =>
        {
            options.FormatterName = LogLines.FormatterName;
            options.LogToStandardErrorThreshold = LogLevel.Trace;
        }).SetMinimumLevel(LogLevel.Warning).AddFilter("Interpret", LogLevel.Information);
        builder.AddHttp(port);
        builder.Services.AddStorage(state.Storage).AddSingleton<StudyReports>().AddWorkUnits().AddPages(hasWorkers: false);
        var app = builder.Build();
        app.UseHttp();
        app.MapPages();
        return app;
    }
}
