using System.Text.Json.Nodes;
using Interpret.Cli;
using Interpret.Cli.Embedded;
using Interpret.Contracts;
using Interpret.Orchestrator.Annotation;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Cluster;

/// <summary>Studies that are done with: out of the lists, still there, and deleted after as long as an operator said.</summary>
public sealed class When_studies_are_archived : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public async Task One_that_ended_is_out_of_the_lists_and_can_be_reported_and_brought_back()
    {
        var state = scratch.At("state");
        Task<CommandResult> Interpret(params string[] arguments) => InterpretProcess.RunAsync(state, arguments);
        foreach (var name in new[] { "kept", "shelved" })
            (await Interpret("run", SampleStudy.Write(scratch, name, SampleStudy.RowsOfEachGroup(1), maxNewTokens: 1))).ShouldExitWith(ExitCodes.Done);
        var before = (await Interpret("report", "shelved", "table2")).ShouldExitWith(ExitCodes.Done).Output;
        (await Interpret("archive", "shelved")).ShouldExitWith(ExitCodes.Done).Error.ShouldContain("archived");
        (await Names("status")).ShouldBe(["kept"]);
        (await Names("status", "--archived")).ShouldBe(["kept", "shelved"]);
        (await Interpret("status", "shelved")).ShouldExitWith(ExitCodes.Done).Output.ShouldContain("shelved (archived)");
        (await Interpret("report", "shelved", "table2")).ShouldExitWith(ExitCodes.Done).Output.ShouldBe(before);
        foreach (var command in new[] { "resume", "retry" })
            (await Interpret(command, "shelved")).ShouldExitWith(ExitCodes.BadInput).Error.ShouldContain("interpret archive shelved --undo");
        var planner = new AnnotationPlanner((await EmbeddedState.OpenAsync(CancellationToken.None, state)).Storage, TimeProvider.System);
        var refused = await Should.ThrowAsync<BadInputException>(() => planner.QueueAsync("shelved", new AnnotationRequest(), rehearsal: true));
        refused.ErrorClass.ShouldBe(ErrorClasses.StudyArchived);
        (await Interpret("archive", "shelved", "--undo")).ShouldExitWith(ExitCodes.Done);
        (await Names("status")).ShouldBe(["kept", "shelved"]);

        async Task<IEnumerable<string>> Names(params string[] arguments) =>
            JsonNode.Parse((await Interpret([.. arguments, "--format", "json"])).ShouldExitWith(ExitCodes.Done).Output)!.AsArray().Select(one => (string)one!["study"]!);
    }

    [Fact]
    public async Task An_archived_study_is_deleted_after_its_retention_and_one_that_is_not_archived_stays()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        cluster.Settings["Orchestrator__Retention"] = "0:00:05";
        var server = (await cluster.ServeAsync()).ToString();
        Task<CommandResult> Interpret(params string[] arguments) => InterpretProcess.RunAsync(scratch.At("client"), [.. arguments, "--server", server]);
        foreach (var name in new[] { "old", "live" })
            (await Interpret("submit", SampleStudy.Write(scratch, name, SampleStudy.Rows.Take(1), rated: false, ownModels: true))).ShouldExitWith(ExitCodes.Done);
        (await Interpret("archive", "old")).ShouldExitWith(ExitCodes.BadInput).Error.ShouldContain($"[{ErrorClasses.StudyActive}]");
        foreach (var name in new[] { "old", "live" })
            (await Interpret("cancel", name)).ShouldExitWith(ExitCodes.Done);
        cluster.StartOrchestrator(); // two of them delete it once
        await using var context = cluster.Storage.CreateDbContext();
        context.ChatCalls.Add(new ChatCallRow { Id = "paid", StudyId = "old", Model = "base", Stage = Stages.Summary, Endpoint = "e", ChatModel = "m", Answer = "an answer" });
        await context.SaveChangesAsync();
        (await Interpret("archive", "old")).ShouldExitWith(ExitCodes.Done);
        (await Interpret("status")).ShouldExitWith(ExitCodes.Done).Output.ShouldNotContain("old");
        for (var i = 0; i < 600 && await context.Studies.AnyAsync(study => study.Id == "old"); i++) await Task.Delay(100);
        (await context.Studies.Select(study => study.Id).ToListAsync()).ShouldBe(["live"], cluster.Said);
        (await context.WorkUnits.AnyAsync(unit => unit.StudyId == "old")).ShouldBeFalse();
        (await context.ChatCalls.CountAsync()).ShouldBe(1, "what was paid stays in the ledger");
        var entries = await context.AuditEntries.Where(entry => entry.Study == "old" && entry.Action == "delete").ToListAsync();
        entries.Select(entry => (entry.Actor, entry.Detail, entry.Outcome)).ShouldBe([("retention", "archived for 00:00:05", "done")]);
    }

    public void Dispose() => scratch.Dispose();
}
