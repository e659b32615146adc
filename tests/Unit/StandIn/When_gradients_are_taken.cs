using System.Runtime.InteropServices;
using TorchSharp;

namespace Interpret.Unit.Tests.StandIn;

public sealed class When_gradients_are_taken
{
    [Fact]
    public void They_are_the_derivatives()
    {
        using var scope = torch.NewDisposeScope();
        var x = torch.tensor(new[] { 1f, 2f, 3f }, requires_grad: true);
        var y = torch.tensor(new[] { 4f, 5f, 6f }, requires_grad: true);
        var gradients = torch.autograd.grad([(x * x * y).sum()], [x, y]);
        Values(gradients[0]).ShouldBe([8f, 20f, 36f]);
        Values(gradients[1]).ShouldBe([1f, 4f, 9f]);
    }

    [Fact]
    public void A_graph_serves_again_only_when_it_is_kept()
    {
        using var scope = torch.NewDisposeScope();
        var x = torch.tensor(new[] { 2f }, requires_grad: true);
        var cube = (x * x * x).sum();
        foreach (var keep in new[] { true, true, false }) Values(torch.autograd.grad([cube], [x], retain_graph: keep)[0]).ShouldBe([12f]);
    }

    [Fact]
    public void What_was_not_asked_for_is_not_tracked()
    {
        using var scope = torch.NewDisposeScope();
        var x = torch.zeros([2]);
        x.requires_grad.ShouldBeFalse();
        (x * 2).requires_grad.ShouldBeFalse();
        x.requires_grad_();
        (x * 2).requires_grad.ShouldBeTrue();
        (x * 2).detach().requires_grad.ShouldBeFalse();
    }

    [Fact]
    public void They_are_off_within_no_grad_and_back_afterwards()
    {
        using var scope = torch.NewDisposeScope();
        var x = torch.tensor(new[] { 1f }, requires_grad: true);
        torch.is_grad_enabled().ShouldBeTrue();
        using (torch.no_grad())
        {
            torch.is_grad_enabled().ShouldBeFalse();
            using (torch.no_grad()) (x * 2).requires_grad.ShouldBeFalse();
            torch.is_grad_enabled().ShouldBeFalse();
        }

        torch.is_grad_enabled().ShouldBeTrue();
        (x * 2).requires_grad.ShouldBeTrue();
    }

    [Fact]
    public void They_are_off_within_inference_mode_and_back_after_an_error()
    {
        using var scope = torch.NewDisposeScope();
        var x = torch.tensor(new[] { 1f }, requires_grad: true);
        Should.Throw<ExternalException>(() =>
        {
            using var gradless = torch.inference_mode();
            torch.is_grad_enabled().ShouldBeFalse();
            (x * 2).requires_grad.ShouldBeFalse();
            x.view(7);
        });
        torch.is_grad_enabled().ShouldBeTrue();
        (x * 2).requires_grad.ShouldBeTrue();
    }

    [Fact]
    public void Modes_of_one_thread_are_not_another_s()
    {
        using (torch.no_grad())
            When_tensors_live_in_scopes.OnAnotherThread(() => torch.is_grad_enabled().ShouldBeTrue());
        using (torch.inference_mode())
            When_tensors_live_in_scopes.OnAnotherThread(() => torch.is_grad_enabled().ShouldBeTrue());
        torch.is_grad_enabled().ShouldBeTrue();
    }

    private static float[] Values(torch.Tensor tensor)
    {
        using var data = tensor.data<float>();
        return data.ToArray();
    }
}
