namespace Interpret.Orchestrator.Http;

/// <summary>
/// A folder for the files of one request, under <c>Orchestrator:Uploads</c>. It goes with the request; what an orchestrator left that was killed
/// goes when the next one starts. A lock that ends with its process, however it ends, tells which are in use.
/// </summary>
internal sealed class UploadFolder : IDisposable
{
    private const string Prefix = "interpret-upload-";
    private const string LockName = "lock";

    private readonly FileStream held;

    public UploadFolder(OrchestratorSettings settings)
    {
        Directory = System.IO.Directory.CreateDirectory(Path.Combine(Parent(settings), $"{Prefix}{Guid.NewGuid():N}"));
        held = Hold(Directory.FullName, FileMode.CreateNew);
    }

    public DirectoryInfo Directory { get; }

    /// <summary>Removes the folders of processes that are gone.</summary>
    /// <returns>How many.</returns>
    public static int Sweep(OrchestratorSettings settings)
    {
        var parent = Parent(settings);
        if (!System.IO.Directory.Exists(parent))
            return 0;
        var swept = 0;
        foreach (var folder in System.IO.Directory.EnumerateDirectories(parent, $"{Prefix}*").ToList())
        {
            try
            {
                using (Hold(folder, FileMode.Open))
                    System.IO.Directory.Delete(folder, recursive: true);
                swept++;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // in use, made this moment, or another user's
            }
        }

        return swept;
    }

    private static string Parent(OrchestratorSettings settings) => settings.Uploads is { Length: > 0 } given ? given : Path.GetTempPath();

    private static FileStream Hold(string folder, FileMode mode) => new(Path.Combine(folder, LockName), mode, FileAccess.ReadWrite, FileShare.None);

    public void Dispose()
    {
        held.Dispose();
        Directory.Delete(recursive: true);
    }
}
