using System.Runtime.InteropServices;
using TorchSharp;

namespace Interpret.Unit.Tests.StandIn;

/// <summary>Errors of the library are exceptions that say what was wrong, and the process goes on. Holds for package and stand-in.</summary>
public sealed class When_tensor_code_goes_wrong
{
    [Fact]
    public void Shapes_that_do_not_fit_are_refused_and_the_next_call_works()
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor left = torch.zeros([2, 3, 4]), right = torch.zeros([2, 5, 6]);
        for (var i = 0; i < 3; i++)
        {
            Should.Throw<ExternalException>(() => left.bmm(right)).Message.ShouldContain("batch2");
            Should.Throw<ExternalException>(() => torch.nn.functional.linear(left, right));
            Should.Throw<ExternalException>(() => left.view(5, 5)).Message.ShouldContain("[5, 5]");
            Should.Throw<ExternalException>(() => left.narrow(1, 2, 2));
            Should.Throw<ExternalException>(() => left + right);
            Should.Throw<ExternalException>(() => torch.cat([left, right]));
        }

        left.bmm(torch.zeros([2, 4, 1])).shape.ShouldBe([2L, 3L, 1L]);
    }

    [Fact]
    public void An_operation_that_fails_leaves_no_tensor()
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor left = torch.zeros([2, 3, 4]), right = torch.zeros([2, 5, 6]);
        Should.Throw<ExternalException>(() => left.bmm(right));
        scope.DisposablesCount.ShouldBe(2);
    }

    [Fact]
    public void An_index_outside_is_refused()
    {
        using var scope = torch.NewDisposeScope();
        var table = torch.zeros([3, 2]);
        Should.Throw<ExternalException>(() => table.index_select(0, torch.tensor(new[] { 3L })));
        Should.Throw<ExternalException>(() => table.select(0, 3));
        Should.Throw<ExternalException>(() => table.select(0, 0).copy_(torch.zeros([3])));
    }

    [Fact]
    public void Types_that_do_not_fit_are_refused()
    {
        using var scope = torch.NewDisposeScope();
        var (whole, single) = (torch.tensor(new[] { 1L, 2L }), torch.tensor(new[] { 1.5f, 2.5f }));
        Should.Throw<ArgumentException>(() => whole.data<float>());
        Should.Throw<ArgumentException>(() => whole.data<double>());
        Should.Throw<ArgumentException>(() => single.data<int>());
        Should.Throw<ArgumentException>(() => single.select(0, 0).item<long>());
        Should.Throw<ArgumentException>(() => single.select(0, 0).item<int>());
        Should.Throw<ArgumentException>(() => single.item<float>());
        (whole.select(0, 1).item<long>(), single.select(0, 1).item<float>()).ShouldBe((2L, 2.5f));
    }

    [Fact]
    public void Bytes_of_a_tensor_with_gaps_are_refused()
    {
        using var scope = torch.NewDisposeScope();
        var turned = torch.zeros([2, 3]).transpose(0, 1);
        Should.Throw<NotImplementedException>(() => _ = turned.bytes.Length);
        turned.contiguous().bytes.Length.ShouldBe(24);
    }

    [Fact]
    public void What_was_disposed_cannot_be_used()
    {
        var tensor = torch.zeros([2]);
        tensor.Dispose();
        tensor.Dispose();
        tensor.IsInvalid.ShouldBeTrue();
        Should.Throw<InvalidOperationException>(() => tensor + 1);
    }

    [Fact]
    public void Without_an_accelerator_its_tensors_are_refused()
    {
        Assert.SkipWhen(torch.cuda.is_available(), "for machines without an accelerator");
        Should.Throw<InvalidOperationException>(() => torch.device("cuda:0"));
        new torch.Device(DeviceType.CUDA, 1).ToString().ShouldBe("cuda:1");
    }
}
