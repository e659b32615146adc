using Interpret.Models.Devices;
using Interpret.Unit.Tests.Model;
using TorchSharp;

namespace Interpret.Unit.Tests.Attribution;

/// <summary>A CUDA device computes what the processor does.</summary>
public sealed class When_a_device_computes(SampleModels samples) : IClassFixture<SampleModels>
{
    [Fact]
    public void Scores_and_confidences_are_the_processor_s()
    {
        Assert.SkipUnless(torch.cuda.is_available(), "needs a CUDA device");
        var model = samples.Load(Placement.Single(samples.Config, new torch.Device(DeviceType.CUDA, 0)));
        foreach (var input in SampleModels.Inputs)
        {
            var expected = samples.Model.Forward(input);
            foreach (var found in new[] { model.Forward(input), model.Reverse(input) })
            {
                Agreement.Of(found.Scores, expected.Scores).ShouldBeLessThan(1e-4);
                Agreement.Of(found.Confidences, expected.Confidences).ShouldBeLessThan(1e-4);
            }
        }
    }
}
