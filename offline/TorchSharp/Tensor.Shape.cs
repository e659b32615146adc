namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor view(params long[] shape) => Operators.View.Call(this, shape);

        public Tensor reshape(params long[] shape) => Operators.Reshape.Call(this, shape);

        public Tensor expand(params long[] sizes) => Operators.Expand.Call(this, sizes);

        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Operators.Flatten.Call(this, start_dim, end_dim);

        public Tensor transpose(long dim0, long dim1) => Operators.Transpose.Call(this, dim0, dim1);

        public Tensor permute(params long[] permutation) => Operators.Permute.Call(this, permutation);

        public Tensor unsqueeze(long dim) => Operators.Unsqueeze.Call(this, dim);

        public Tensor narrow(long dim, long start, long length) => Operators.Narrow.Call(this, dim, start, length);

        public Tensor select(long dim, long index) => Operators.Select.Call(this, dim, index);

        public Tensor index_select(long dim, Tensor index) => Operators.IndexSelect.Call(this, dim, index);

        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha)
        {
            Operators.IndexAddInPlace.CallInPlace(this, dim, index, source, alpha);
            return this;
        }

        public Tensor gather(long dim, Tensor index) => Operators.Gather.Call(this, dim, index);

        public Tensor masked_fill(Tensor mask, Scalar value) => Operators.MaskedFill.Call(this, mask, value);

        public Tensor triu(long diagonal = 0) => Operators.Triu.Call(this, diagonal);

        public Tensor zero_()
        {
            Operators.Zero.CallInPlace(this);
            return this;
        }
    }
}
