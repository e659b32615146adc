using System.Diagnostics;
using Interpret.GpuWorker;
using Interpret.Orchestrator;
using Interpret.Pages;

namespace Interpret.Integration.Tests.Cluster;

/// <summary>A service is told in a line what to mend, before it asks for a database or a broker.</summary>
public sealed class When_a_setting_cannot_be_used
{
    [Theory]
    [InlineData(typeof(OrchestratorHost), "WorkUnits__Attempts", "many", "WorkUnits:Attempts: expected a whole number from 1 to 100, found many")]
    [InlineData(typeof(OrchestratorHost), "Secrets__Folder", "/nowhere", "Secrets:Folder: expected a folder that is there, found /nowhere")]
    [InlineData(typeof(GpuWorkerHost), "Worker__Preload", "later", "Worker:Preload: expected true or false, found later")]
    [InlineData(typeof(ReportsHost), "Http__OpenReads", "perhaps", "Http:OpenReads: expected true or false, found perhaps")]
    public async Task The_service_ends_with_exit_code_3_and_one_line(Type service, string setting, string value, string said)
    {
        var start = new ProcessStartInfo("dotnet", [BuiltCommand.Of(service.Assembly)]) { RedirectStandardError = true, UseShellExecute = false };
        start.Environment["ConnectionStrings__Database"] = "Host=127.0.0.1;Port=1;Database=none";
        start.Environment["ConnectionStrings__Broker"] = "amqp://127.0.0.1:1/";
        start.Environment["Worker__Model"] = "base";
        start.Environment["Worker__Checkpoint"] = SampleStudy.BaseCheckpoint;
        start.Environment["Http__Address"] = "http://127.0.0.1:0";
        start.Environment[setting] = value;
        using var process = Process.Start(start)!;
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(3, error);
        error.TrimEnd().ShouldBe($"error: configuration: {said}. Set the environment variable {setting} [setting-bad]");
    }
}
