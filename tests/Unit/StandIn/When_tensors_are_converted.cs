using System.Runtime.InteropServices;
using TorchSharp;

namespace Interpret.Unit.Tests.StandIn;

public sealed class When_tensors_are_converted
{
    [Theory]
    [InlineData(torch.ScalarType.Float32, new byte[] { 0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0 })]
    [InlineData(torch.ScalarType.Float16, new byte[] { 0, 0x3E, 0, 0xC0 })]
    [InlineData(torch.ScalarType.BFloat16, new byte[] { 0xC0, 0x3F, 0, 0xC0 })]
    [InlineData(torch.ScalarType.Float64, new byte[] { 0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0 })]
    public void Bytes_are_the_numbers_of_their_type(torch.ScalarType type, byte[] bytes)
    {
        using var scope = torch.NewDisposeScope();
        var tensor = torch.empty([2], type);
        bytes.CopyTo(tensor.bytes);
        (tensor.dtype, tensor.element_size()).ShouldBe((type, bytes.Length / 2));
        Values(tensor.to(torch.ScalarType.Float32)).ShouldBe([1.5f, -2f]);
        torch.tensor(new[] { 1.5f, -2f }).to(type).bytes.ToArray().ShouldBe(bytes);
    }

    [Fact]
    public void Bytes_of_rows_are_written_into_the_whole()
    {
        using var scope = torch.NewDisposeScope();
        var table = torch.zeros([3, 2]);
        using (var row = table.narrow(0, 1, 1)) MemoryMarshal.Cast<byte, float>(row.bytes)[1] = 7;
        Values(table).ShouldBe([0f, 0f, 0f, 7f, 0f, 0f]);
    }

    [Fact]
    public void Rounding_is_to_nearest()
    {
        using var scope = torch.NewDisposeScope();
        Values(torch.tensor(new[] { 1.00390625f, 1.01171875f }).to(torch.ScalarType.BFloat16).to(torch.ScalarType.Float32)).ShouldBe([1f, 1.015625f]);
        torch.tensor(new[] { 2.9f, -2.9f }).to(torch.ScalarType.Int64).data<long>().ToArray().ShouldBe([2L, -2L]);
    }

    [Fact]
    public void Arrays_are_copied_in_and_out_in_logical_order()
    {
        using var scope = torch.NewDisposeScope();
        float[] values = [1, 2, 3, 4, 5, 6];
        var tensor = torch.tensor(values).view(2, 3);
        values[0] = 99;
        Values(tensor).ShouldBe([1f, 2f, 3f, 4f, 5f, 6f]);
        Values(tensor.transpose(0, 1)).ShouldBe([1f, 4f, 2f, 5f, 3f, 6f]);
        Values(tensor.select(1, 2)).ShouldBe([3f, 6f]);
        Values(tensor.narrow(0, 1, 0)).ShouldBeEmpty();
        (tensor.shape.Length, tensor.size(-1), tensor.numel()).ShouldBe((2, 3L, 6L));
        torch.tensor(new[] { 1L << 40 }).item<long>().ShouldBe(1L << 40);
    }

    [Fact]
    public void A_copy_is_apart_and_an_alias_is_not()
    {
        using var scope = torch.NewDisposeScope();
        var tensor = torch.zeros([2]);
        var (alias, same, clone, copy) = (tensor.alias(), tensor.to(torch.ScalarType.Float32), tensor.clone(), tensor.to(torch.ScalarType.Float32, copy: true));
        tensor.add_((Scalar)1);
        Values(alias).ShouldBe([1f, 1f]);
        Values(same).ShouldBe([1f, 1f]);
        Values(clone).ShouldBe([0f, 0f]);
        Values(copy).ShouldBe([0f, 0f]);
    }

    private static float[] Values(torch.Tensor tensor)
    {
        using var data = tensor.data<float>();
        return data.ToArray();
    }
}
