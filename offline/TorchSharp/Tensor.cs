namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor : IDisposable
    {
        private static long totalCount;
        private nint handle;

        internal Tensor(nint handle)
        {
            this.handle = handle;
            Interlocked.Increment(ref totalCount);
            OwningScope = DisposeScopeManager.ThreadSingleton.Current;
            OwningScope?.Add(this);
        }

        ~Tensor() => Release();

        /// <summary>Tensors alive in this process.</summary>
        public static long TotalCount => Interlocked.Read(ref totalCount);

        public nint Handle => handle != 0 ? handle : throw new ObjectDisposedException(nameof(Tensor));

        public bool IsInvalid => handle == 0;

        internal DisposeScope? OwningScope { get; set; }

        internal unsafe nint DataPointer => (nint)NativeMethods.tsh_data(Handle);

        public void Dispose()
        {
            OwningScope?.Remove(this);
            OwningScope = null;
            Release();
            GC.SuppressFinalize(this);
        }

        private void Release()
        {
            var mine = Interlocked.Exchange(ref handle, 0);
            if (mine == 0)
                return;
            NativeMethods.tsh_free(mine);
            Interlocked.Decrement(ref totalCount);
        }

        public Tensor DetachFromDisposeScope()
        {
            OwningScope?.Remove(this);
            OwningScope = null;
            return this;
        }

        public Tensor MoveToOuterDisposeScope()
        {
            OwningScope?.MoveToOuter(this);
            return this;
        }

        public long[] shape
        {
            get
            {
                Span<long> sizes = stackalloc long[16];
                var (n, _, _, _, _) = Info(sizes);
                return sizes[..n].ToArray();
            }
        }

        public ScalarType dtype => (ScalarType)Info(default).Type;

        public DeviceType device_type => (DeviceType)Info(default).DeviceType;

        public Device device
        {
            get
            {
                var (_, _, type, index, _) = Info(default);
                return new Device((DeviceType)type, index);
            }
        }

        public bool requires_grad => (Info(default).Flags & 2) != 0;

        public long NumberOfElements => shape.Aggregate(1L, (product, size) => product * size);

        public long numel() => NumberOfElements;

        public long element_size() => dtype switch
        {
            ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool => 1,
            ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
            ScalarType.Int32 or ScalarType.Float32 => 4,
            _ => 8,
        };

        public bool is_contiguous() => (Info(default).Flags & 1) != 0;

        public long size(int dim)
        {
            var sizes = shape;
            return sizes[dim < 0 ? dim + sizes.Length : dim];
        }

        private unsafe (int Dimensions, int Type, int DeviceType, int DeviceIndex, int Flags) Info(Span<long> sizes)
        {
            int type, deviceType, index, flags, n;
            fixed (long* s = sizes)
                n = NativeMethods.Checked(NativeMethods.tsh_info(Handle, s, sizes.Length, &type, &deviceType, &index, &flags));
            GC.KeepAlive(this);
            return (n, type, deviceType, index, flags);
        }

        /// <summary>The memory of a contiguous tensor on the CPU.</summary>
        public unsafe Span<byte> bytes
        {
            get
            {
                if (device_type != TorchSharp.DeviceType.CPU)
                    throw new NotImplementedException("Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
                if (!is_contiguous())
                    throw new NotImplementedException("Bytes() called on non-contiguous tensor.");
                var length = checked((int)(numel() * element_size()));
                return new Span<byte>((void*)DataPointer, length);
            }
        }

        public Utils.TensorAccessor<T> data<T>()
            where T : unmanaged
        {
            if (typeof(T) != ElementType(dtype))
                throw new ArgumentException($"{typeof(T).Name} is not compatible with {dtype}");
            return new Utils.TensorAccessor<T>(this);
        }

        public T item<T>()
            where T : unmanaged
        {
            if (numel() != 1)
                throw new ArgumentException("Number of elements in the tensor must be 1");
            using var accessor = data<T>();
            return accessor.ToArray()[0];
        }

        /// <summary>What elements are read as; those of two bytes only through a conversion.</summary>
        private static Type? ElementType(ScalarType type) => type switch
        {
            ScalarType.Byte => typeof(byte),
            ScalarType.Int8 => typeof(sbyte),
            ScalarType.Int16 => typeof(short),
            ScalarType.Int32 => typeof(int),
            ScalarType.Int64 => typeof(long),
            ScalarType.Float32 => typeof(float),
            ScalarType.Float64 => typeof(double),
            ScalarType.Bool => typeof(bool),
            _ => null,
        };

        public Tensor requires_grad_(bool requires_grad = true)
        {
            NativeMethods.Checked(NativeMethods.tsh_requires_grad(Handle, requires_grad ? 1 : 0));
            return this;
        }

        public Tensor alias() => Operators.Alias.Call(this);

        public Tensor clone() => Operators.Clone.Call(this);

        public Tensor detach() => Operators.Detach.Call(this);

        public Tensor contiguous() => Operators.Contiguous.Call(this);

        public Tensor cpu() => to(CPU);

        public Tensor copy_(Tensor source, bool nonBlocking = false)
        {
            Operators.Copy.CallInPlace(this, source, nonBlocking);
            return this;
        }

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(type, device, copy, disposeAfter, non_blocking);

        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(dtype, device, copy, disposeAfter, non_blocking);

        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
        {
            var here = this.device;
            var same = dtype == type && here.type == device.type && (device.type == TorchSharp.DeviceType.CPU || here.index == Math.Max(device.index, 0));
            var target = device.type == TorchSharp.DeviceType.CPU ? device : new Device(device.type, Math.Max(device.index, 0));
            var result = same && !copy ? alias() : Operators.ToCopy.Call(this, type, Argument.None, target, Argument.None, non_blocking);
            if (disposeAfter)
                Dispose();
            return result;
        }

        public override string ToString() => $"[{string.Join("x", shape)}], type = {dtype}, device = {device}";
    }
}
