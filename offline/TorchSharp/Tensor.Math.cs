namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public static Tensor operator +(Tensor left, Tensor right) => left.add(right);

        public static Tensor operator +(Tensor left, Scalar right) => left.add(right);

        public static Tensor operator +(Tensor left, int right) => left.add(right);

        public static Tensor operator +(Tensor left, double right) => left.add(right);

        public static Tensor operator +(double left, Tensor right) => right.add(left);

        public static Tensor operator -(Tensor left, Tensor right) => left.sub(right);

        public static Tensor operator -(Tensor left, double right) => left.sub(right);

        public static Tensor operator -(double left, Tensor right)
        {
            using var negative = -right;
            return negative.add(left);
        }

        public static Tensor operator -(Tensor tensor) => Operators.Neg.Call(tensor);

        public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);

        public static Tensor operator *(Tensor left, Scalar right) => left.mul(right);

        public static Tensor operator *(Tensor left, double right) => left.mul(right);

        public static Tensor operator *(double left, Tensor right) => right.mul(left);

        public static Tensor operator /(Tensor left, Tensor right) => Operators.Div.Call(left, right);

        public static Tensor operator /(Tensor left, double right) => Operators.DivScalar.Call(left, (Scalar)right);

        public static Tensor operator >(Tensor left, Tensor right) => Operators.Gt.Call(left, right);

        public static Tensor operator <(Tensor left, Tensor right) => Operators.Lt.Call(left, right);

        public Tensor add(Tensor target) => Operators.Add.Call(this, target);

        public Tensor add(Scalar scalar) => Operators.AddScalar.Call(this, scalar);

        public Tensor add_(Tensor target)
        {
            Operators.AddInPlace.CallInPlace(this, target);
            return this;
        }

        public Tensor add_(Scalar scalar)
        {
            Operators.AddScalarInPlace.CallInPlace(this, scalar);
            return this;
        }

        public Tensor sub(Tensor target) => Operators.Sub.Call(this, target);

        public Tensor sub(Scalar target) => Operators.SubScalar.Call(this, target);

        public Tensor mul(Tensor target) => Operators.Mul.Call(this, target);

        public Tensor mul(Scalar target) => Operators.MulScalar.Call(this, target);

        public Tensor mul_(Tensor target)
        {
            Operators.MulInPlace.CallInPlace(this, target);
            return this;
        }

        public Tensor mul_(Scalar target)
        {
            Operators.MulScalarInPlace.CallInPlace(this, target);
            return this;
        }

        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value)
        {
            Operators.AddcmulInPlace.CallInPlace(this, tensor1, tensor2, value);
            return this;
        }

        public Tensor abs() => Operators.Abs.Call(this);

        public Tensor cos() => Operators.Cos.Call(this);

        public Tensor sin() => Operators.Sin.Call(this);

        public Tensor pow(Scalar exponent) => Operators.PowScalar.Call(this, exponent);

        public Tensor rsqrt() => Operators.Rsqrt.Call(this);

        public Tensor sigmoid() => Operators.Sigmoid.Call(this);

        public Tensor silu() => Operators.Silu.Call(this);

        public Tensor bmm(Tensor batch2) => Operators.Bmm.Call(this, batch2);

        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            Operators.Baddbmm.Call(this, batch1, batch2, (double)beta, (double)alpha);

        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
            Operators.Addmm.Call(this, mat1, mat2, (double)beta, (double)alpha);

        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1)
        {
            Operators.AddmmInPlace.CallInPlace(this, mat1, mat2, (double)beta, (double)alpha);
            return this;
        }

        public Tensor mm(Tensor target) => Operators.Mm.Call(this, target);

        public Tensor sum(ScalarType? type = null) => Operators.Sum.Call(this, type);

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) =>
            Operators.SumDimensions.Call(this, new[] { dim }, keepdim, type);

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
            Operators.Mean.Call(this, dimensions, keepdim, type);

        public Tensor max() => Operators.Max.Call(this);

        public Tensor all() => Operators.All.Call(this);

        public Tensor isfinite() => Operators.IsFinite.Call(this);

        public Tensor argmax(long dim, bool keepdim = false) => Operators.Argmax.Call(this, dim, keepdim);

        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) =>
            Operators.Topk.CallForTwo(this, k, dim, largest, sorted);

        public Tensor softmax(long dim, ScalarType? dtype = null) => Operators.Softmax.Call(this, dim, dtype);
    }
}
