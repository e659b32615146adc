using System.Net;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Cluster;

/// <summary>What an operator reads: a line an entry, with its time and what it is about.</summary>
public sealed partial class When_services_write_their_log : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public async Task A_line_of_a_unit_names_its_time_its_study_and_itself_also_among_those_that_are_worked_together()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        string[] rows = [SampleStudy.Rows[0], SampleStudy.RowBeyondTheContext, SampleStudy.Rows[2]];
        var study = await cluster.PlanAsync(SampleStudy.Write(scratch, "told", rows, maxNewTokens: 2, rated: false, ownModels: true));
        cluster.StartOrchestrator();
        cluster.StartWorker(study.Models[0]);
        await cluster.UntilAsync(study.Name, p => p.Done == 2 && p.Parked == 1, "the units of the worker's model ended");

        await using var context = cluster.Storage.CreateDbContext();
        var unit = await context.WorkUnits.SingleAsync(u => u.Model == study.Models[0].Name && u.Subject == "daily_endless", TestContext.Current.CancellationToken);
        var line = await SaidAsync(cluster, "parked: ");
        Line().IsMatch(line).ShouldBeTrue(line);
        line.ShouldContain($"=> study told, unit {unit.Id} attribution of daily_endless by {unit.Model} parked: ");
        cluster.Said.Split('\n').ShouldAllBe(one => Line().IsMatch(one) || one.EndsWith(": ", StringComparison.Ordinal)); // a process's end is an empty one
    }

    [Fact]
    public async Task A_question_that_is_refused_is_information_in_one_line()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        using var client = new HttpClient { BaseAddress = await cluster.ServeAsync() };
        (await client.GetAsync("studies/nobody", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await SaidAsync(cluster, "/studies/nobody")).ShouldContain(" info: Interpret.ServiceDefaults.HttpDefaults");
        cluster.Said.ShouldNotContain("nhandled exception");
        cluster.Said.ShouldNotContain("   at ");
    }

    /// <summary>The one line that says something: a process's output comes a moment after what it is about.</summary>
    private static async Task<string> SaidAsync(ClusterScene cluster, string what)
    {
        for (var tries = 0; ; tries++)
        {
            var lines = cluster.Said.Split('\n').Where(line => line.Contains(what, StringComparison.Ordinal)).ToList();
            if (lines.Count > 0 || tries == 300)
                return lines.ShouldHaveSingleItem(cluster.Said);
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    public void Dispose() => scratch.Dispose();

    /// <summary>The process, which the scene puts before it, then the entry.</summary>
    [GeneratedRegex(@"^\d+: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (trce|dbug|info|warn|fail|crit): \S")]
    private static partial Regex Line();
}
