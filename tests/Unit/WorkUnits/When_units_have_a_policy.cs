using Interpret.Contracts;
using Interpret.WorkUnits;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Interpret.Unit.Tests.WorkUnits;

public sealed class When_units_have_a_policy
{
    [Fact]
    public void The_operations_guide_shows_every_setting_and_rule() =>
        File.ReadAllText(Path.Combine(SourceTree.Root, "docs/operations.md")).ShouldContain(UnitPolicy.ToMarkdown());

    [Fact]
    public void Settings_are_bound_and_former_names_still_read()
    {
        var policy = Policy(
            ("WorkUnits:Attempts", "5"), ("WorkUnits:HeartbeatInterval", "0:00:01.5"), ("Lease:RunningSeconds", "4.5"), ("Orchestrator:Ahead", "32"));
        policy.ShouldBe(new UnitPolicy
        {
            Attempts = 5,
            HeartbeatInterval = TimeSpan.FromSeconds(1.5),
            RunningLease = TimeSpan.FromSeconds(4.5),
            MaxInFlight = 32,
        });
    }

    [Theory]
    [InlineData("WorkUnits:Attempts", "0", "a whole number from 1 to 100", "0")]
    [InlineData("WorkUnits:Attempts", "many", "a whole number from 1 to 100", "many")]
    [InlineData("WorkUnits:QueuedLease", "0:00:00", "a time as [d:]h:mm:ss[.fff] from 00:00:01 to 1.00:00:00", "00:00:00")]
    [InlineData("WorkUnits:QueuedLease", "soon", "a time as [d:]h:mm:ss[.fff] from 00:00:01 to 1.00:00:00", "soon")]
    [InlineData("Lease:RunningSeconds", "1e300", "a number from 1 to 3600", "1E+300")]
    [InlineData("Lease:QueuedSeconds", "x", "a number from 1 to 86400", "x")]
    [InlineData("Orchestrator:Ahead", "1.5", "a whole number from 1 to 100000", "1.5")]
    public void A_value_that_cannot_be_used_is_refused_by_its_setting_s_name(string name, string value, string expected, string found)
    {
        var refusal = Should.Throw<BadInputException>(() => Policy((name, value)));
        (refusal.ErrorClass, refusal.Where, refusal.Expected, refusal.Found).ShouldBe((ErrorClasses.SettingBad, name, expected, found));
    }

    [Fact]
    public void Each_failure_has_the_fate_of_the_first_rule_that_matches()
    {
        Fate(new OperationCanceledException(), stopping: true).ShouldBe(UnitFate.GiveBack);
        Fate(new OperationCanceledException()).ShouldBe(UnitFate.Retry); // a time-out of its own
        Fate(new BadInputException(ErrorClasses.TensorShape, "file", null, "this", "that")).ShouldBe(UnitFate.StandAside);
        Fate(new BadInputException(ErrorClasses.CheckpointDiffers, "file", null, "this", "that")).ShouldBe(UnitFate.StandAside);
        Fate(new BadInputException(ErrorClasses.BeyondContext, "file", null, "this", "that")).ShouldBe(UnitFate.Park);
        Fate(new PartlyDoneException(new BadInputException("chat-filtered", "file", null, "this", "that"), _ => Task.CompletedTask)).ShouldBe(UnitFate.Park);
        Fate(new AnnotationPausedException("no key")).ShouldBe(UnitFate.PauseAnnotation);
        Fate(new InvalidOperationException("asked", new NpgsqlException("gone", new IOException()))).ShouldBe(UnitFate.GiveBackLater);
        Fate(new InvalidOperationException()).ShouldBe(UnitFate.Retry);

        static UnitFate Fate(Exception failure, bool stopping = false) => new UnitPolicy().Failures.First(rule => rule.Matches(failure, stopping)).Fate;
    }

    [Fact]
    public void Pauses_grow_fourfold_from_try_to_try() =>
        Enumerable.Range(1, 3).Select(attempts => new UnitPolicy().RetryDelayAfter(attempts).TotalSeconds).ShouldBe([4, 16, 64]);

    private static UnitPolicy Policy(params (string Name, string Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(
            new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(s => s.Name, s => (string?)s.Value)).Build());
        services.AddWorkUnits();
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<UnitPolicy>();
    }
}
