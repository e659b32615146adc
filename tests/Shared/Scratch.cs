using System.Text;

namespace Interpret.Tests.Shared;

/// <summary>A directory of its own for a test's files, gone when the test ends.</summary>
public sealed class Scratch : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("interpret-test-");

    public string Root => directory.FullName;

    public string At(string name) => Path.Combine(Root, name);

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllBytes(At(name), bytes);
        return At(name);
    }

    public void Dispose() => directory.Delete(recursive: true);
}
