using Interpret.Contracts;

namespace Interpret.Unit.Tests.Studies;

public sealed class When_it_is_asked_how_long_a_study_takes
{
    private static readonly UnitCount[] Units =
    [
        new(Stages.Attribution, "base", UnitStatus.Done, 10, 20), new(Stages.Attribution, "base", UnitStatus.Queued, 3, 0),
        new(Stages.Attribution, "base", UnitStatus.Waiting, 2, 0), new(Stages.Attention, "base", UnitStatus.Done, 4, 40),
        new(Stages.Attention, "base", UnitStatus.Running, 1, 0), new(Stages.Attention, "base", UnitStatus.Parked, 7, 5),
        new(Stages.Attribution, "tuned", UnitStatus.Done, 5, 10), new(Stages.Attribution, "tuned", UnitStatus.Queued, 10, 0),
        new(Stages.Attribution, "tuned", UnitStatus.Cancelled, 9, 0),
    ];

    /// <summary>Five of 2 s and one of 10 s are left of base, ten of 2 s of tuned.</summary>
    [Theory]
    [InlineData(60, 60, 40)]
    [InlineData(30, 60, 80)]
    [InlineData(240, 60, 10)]
    public void Units_side_by_side_take_what_their_stages_took_over_what_is_worked_at_a_time(double worked, double time, double left) =>
        RemainingTime.Of(Units, worked, time).ShouldBe(left);

    [Theory]
    [InlineData(60, 60, 20)] // 20 s each, by one worker each
    [InlineData(60, 6, 200)] // tuned's worker was at work for a tenth of the time
    [InlineData(120, 60, 20)]
    [InlineData(60, 0, 40)] // nobody worked for tuned: base's worker does both
    public void A_study_takes_as_long_as_the_queue_that_is_empty_last(double ofBase, double ofTuned, double left) =>
        RemainingTime.Of(Units, new Dictionary<string, double> { [Queues.Explain("base")] = ofBase, [Queues.Explain("tuned")] = ofTuned }, 60).ShouldBe(left);

    [Fact]
    public void A_stage_that_has_not_begun_is_taken_to_cost_what_the_others_do()
    {
        UnitCount[] units = [new(Stages.Attribution, "base", UnitStatus.Done, 10, 20), new(Stages.Attention, "base", UnitStatus.Queued, 6, 0)];
        RemainingTime.Of(units, 60, 60).ShouldBe(12);
    }

    [Fact]
    public void Nothing_is_said_where_nothing_ended_and_nothing_is_left_where_all_has()
    {
        RemainingTime.Of(Units, 0, 60).ShouldBeNull();
        RemainingTime.Of(Units, new Dictionary<string, double>(), 60).ShouldBeNull();
        RemainingTime.Of([Units[0]], 0, 60).ShouldBe(0);
        RemainingTime.Of([Units[0]], new Dictionary<string, double>(), 60).ShouldBe(0);
    }
}
