using Interpret.Explaining;

namespace Interpret.Unit.Tests.Attribution;

public sealed class When_tangents_do_not_fit_together(SampleModels models) : IClassFixture<SampleModels>
{
    [Fact]
    public void Should_take_several_walks_and_find_the_same_scores()
    {
        var together = ForwardMode.Run(models.Model, SampleModels.Inputs, groupBudget: 1 << 16, cancel: TestContext.Current.CancellationToken);
        var apart = ForwardMode.Run(models.Model, SampleModels.Inputs, groupBudget: 1 << 16, walkBudget: 1, cancel: TestContext.Current.CancellationToken);

        for (var i = 0; i < SampleModels.Inputs.Length; i++)
        {
            apart[i].Scores.ShouldBe(together[i].Scores);
            apart[i].Confidences.ShouldBe(together[i].Confidences);
        }
    }
}
