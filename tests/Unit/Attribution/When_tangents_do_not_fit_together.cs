using Interpret.Explaining;
using Interpret.Unit.Tests.Model;

namespace Interpret.Unit.Tests.Attribution;

public sealed class When_tangents_do_not_fit_together(SampleModels models) : IClassFixture<SampleModels>
{
    /// <summary>A product of fewer columns may take another kernel, which adds up in another order.</summary>
    private const double RoundingError = 1e-5;

    [Fact]
    public void Should_take_several_walks_and_find_the_same_scores()
    {
        var together = ForwardMode.Run(models.Model, SampleModels.Inputs, groupBudget: 1 << 16, cancel: TestContext.Current.CancellationToken);
        var apart = ForwardMode.Run(models.Model, SampleModels.Inputs, groupBudget: 1 << 16, walkBudget: 1, cancel: TestContext.Current.CancellationToken);

        for (var i = 0; i < SampleModels.Inputs.Length; i++)
        {
            Agreement.Of(apart[i].Scores, together[i].Scores).ShouldBeLessThan(RoundingError);
            Agreement.Of(apart[i].Confidences, together[i].Confidences).ShouldBeLessThan(RoundingError);
        }
    }
}
