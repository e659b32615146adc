namespace Interpret.GpuWorker.Model;
public static class PyTorchArchive { public static IReadOnlyDictionary<string, TensorLocation> Open(string path) => throw new NotSupportedException(path); }
