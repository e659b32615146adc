using TorchSharp;

namespace Interpret.Unit.Tests.StandIn;

public sealed class When_tensors_live_in_scopes
{
    [Fact]
    public void A_scope_takes_its_tensors_with_it_and_no_others()
    {
        var outside = torch.zeros([1]);
        torch.Tensor inside, disposed;
        using (var scope = torch.NewDisposeScope())
        {
            inside = outside + 1;
            disposed = outside + 2;
            disposed.Dispose();
            scope.DisposablesCount.ShouldBe(1);
        }

        (outside.IsInvalid, inside.IsInvalid, disposed.IsInvalid).ShouldBe((false, true, true));
        outside.Dispose();
    }

    [Fact]
    public void The_innermost_scope_owns_what_is_made()
    {
        using var outer = torch.NewDisposeScope();
        var first = torch.zeros([1]);
        torch.Tensor second;
        using (torch.NewDisposeScope()) second = torch.zeros([1]);
        var third = torch.zeros([1]);
        (first.IsInvalid, second.IsInvalid, third.IsInvalid).ShouldBe((false, true, false));
        outer.DisposablesCount.ShouldBe(2);
    }

    [Fact]
    public void A_tensor_moves_out_one_scope_at_a_time()
    {
        torch.Tensor moved;
        using (torch.NewDisposeScope())
        {
            using (torch.NewDisposeScope())
            {
                using (torch.NewDisposeScope()) moved = torch.zeros([1]).MoveToOuterDisposeScope();
                moved.IsInvalid.ShouldBeFalse();
                moved.MoveToOuterDisposeScope();
            }

            moved.IsInvalid.ShouldBeFalse();
        }

        moved.IsInvalid.ShouldBeTrue();
    }

    [Fact]
    public void Beyond_the_outermost_scope_and_detached_it_is_the_caller_s()
    {
        torch.Tensor moved, detached, byScope;
        using (var scope = torch.NewDisposeScope())
        {
            moved = torch.zeros([1]).MoveToOuterDisposeScope();
            using (torch.NewDisposeScope()) detached = torch.zeros([1]).DetachFromDisposeScope();
            byScope = scope.Detach(torch.zeros([1]));
            scope.DisposablesCount.ShouldBe(0);
        }

        foreach (var tensor in new[] { moved, detached, byScope })
        {
            tensor.IsInvalid.ShouldBeFalse();
            tensor.Dispose();
            tensor.IsInvalid.ShouldBeTrue();
        }
    }

    [Fact]
    public void A_result_that_is_the_same_memory_has_a_life_of_its_own()
    {
        var tensor = torch.zeros([2]);
        var (same, view) = (tensor.to(torch.CPU), tensor.view(2, 1));
        tensor.Dispose();
        ((same + 1).sum().item<float>(), (view + 1).sum().item<float>()).ShouldBe((2f, 2f));
        same.Dispose();
        view.Dispose();
    }

    [Fact]
    public void Another_thread_has_scopes_of_its_own()
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor? made = null;
        OnAnotherThread(() => made = torch.zeros([1]));
        scope.DisposablesCount.ShouldBe(0);
        made!.Dispose();
    }

    internal static void OnAnotherThread(Action work)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                work();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        failure.ShouldBeNull();
    }
}
