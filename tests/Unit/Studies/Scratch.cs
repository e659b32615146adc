using System.Text;

namespace Interpret.Unit.Tests.Studies;

/// <summary>A directory of its own for a test's files, gone when the test ends.</summary>
internal sealed class Scratch : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("interpret-unit-");

    public string Root => directory.FullName;

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(Root, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public void Dispose() => directory.Delete(recursive: true);
}
