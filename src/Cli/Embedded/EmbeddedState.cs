using Interpret.Contracts;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Cli.Embedded;

/// <summary>
/// The directory where the embedded mode keeps its database: <c>INTERPRET_STATE</c>, or <c>.interpret</c> in the current directory.
/// </summary>
public sealed class EmbeddedState
{
    private const string Database = "interpret.db";
    private const string Demo = "demo";

    private readonly string directory;

    private EmbeddedState(string directory, bool readOnly = false)
    {
        this.directory = directory;
        Storage = new SqliteStorage(Path.Combine(directory, Database), readOnly);
    }

    public SqliteStorage Storage { get; }

    public static string Directory =>
        Path.GetFullPath(Environment.GetEnvironmentVariable("INTERPRET_STATE") is { Length: > 0 } configured ? configured : ".interpret");

    /// <summary>Opens the state, making it where there is none.</summary>
    public static async Task<EmbeddedState> OpenAsync(CancellationToken cancel, string? at = null)
    {
        var state = new EmbeddedState(at ?? Directory);
        try
        {
            System.IO.Directory.CreateDirectory(state.directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(
                ErrorClasses.StatePlace, state.directory, null, "a folder to keep studies in",
                File.Exists(state.directory) ? "a file" : "a place where this user may make none", "Set INTERPRET_STATE to a folder that you may write", e);
        }

        await state.Storage.MigrateAsync(cancel);
        return state;
    }

    /// <summary>Opens a state that is there; one that this user may only read is read as it is.</summary>
    private static async Task<EmbeddedState> OpenThereAsync(string directory, CancellationToken cancel)
    {
        if (IsWritable(directory))
            return await OpenAsync(cancel, directory);
        var state = new EmbeddedState(directory, readOnly: true);
        await using var context = await state.Storage.CreateDbContextAsync(cancel);
        return (await context.Database.GetPendingMigrationsAsync(cancel)).Any()
            ? throw new BadInputException(
                ErrorClasses.StatePlace, directory, null, "a state of this version, or one that this user may write", "an older one that is read-only",
                "Let its owner run any command on it once")
            : state;
    }

    private static bool IsWritable(string directory)
    {
        try
        {
            using (new FileStream(Path.Combine(directory, Database), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
            using (new FileStream(Path.Combine(directory, $".{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose))
                return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Where the demonstration keeps its own.</summary>
    public static string DemoDirectory => Path.Combine(Directory, Demo);

    /// <summary>Opens the state for a command that only reads or changes rows; there must be one.</summary>
    /// <param name="study">The study that the command is about: the demonstration's is found in a state of its own where no other has its name.</param>
    public static async Task<EmbeddedState> OpenExistingAsync(CancellationToken cancel, string? study = null)
    {
        var exists = File.Exists(Path.Combine(Directory, Database));
        if (study == Demo && File.Exists(Path.Combine(DemoDirectory, Database))
            && !(exists && await (await OpenThereAsync(Directory, cancel)).HasAsync(study, cancel)))
            return await OpenThereAsync(DemoDirectory, cancel);
        if (!exists)
            throw new BadInputException(
                ErrorClasses.StateMissing, Directory, null, "studies run or imported here", File.Exists(Directory) ? "a file in the folder's place" : "no database",
                "Run `interpret demo`, `interpret run` or `interpret import` first, or set INTERPRET_STATE");
        return await OpenThereAsync(Directory, cancel);
    }

    /// <exception cref="BadInputException">No such study; names those there are.</exception>
    public async Task RequireStudyAsync(string study, CancellationToken cancel)
    {
        await using var context = await Storage.CreateDbContextAsync(cancel);
        await context.RequireStudyAsync(study, cancel);
    }

    private async Task<bool> HasAsync(string study, CancellationToken cancel)
    {
        await using var context = await Storage.CreateDbContextAsync(cancel);
        return await context.Studies.AnyAsync(s => s.Id == study, cancel);
    }

    /// <summary>Makes this process the only one that works on the state, until disposed; the lock ends with the process, however it ends.</summary>
    public IDisposable Lock()
    {
        try
        {
            return new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new BadInputException(
                ErrorClasses.StatePlace, directory, null, "a state that this user may write", "one that may only be read",
                "Let its owner run this, or set INTERPRET_STATE to a folder of your own", e);
        }
        catch (IOException e)
        {
            throw new BadInputException(
                ErrorClasses.StateLocked, directory, null, "no other process working on this state", "one that is",
                "Wait for it, or set INTERPRET_STATE to another directory", e);
        }
    }
}
