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

    private EmbeddedState(string directory)
    {
        this.directory = directory;
        Storage = new SqliteStorage(Path.Combine(directory, Database));
    }

    public SqliteStorage Storage { get; }

    public static string Directory =>
        Path.GetFullPath(Environment.GetEnvironmentVariable("INTERPRET_STATE") is { Length: > 0 } configured ? configured : ".interpret");

    /// <summary>Opens the state, making it where there is none.</summary>
    public static async Task<EmbeddedState> OpenAsync(CancellationToken cancel, string? at = null)
    {
        var state = new EmbeddedState(at ?? Directory);
        System.IO.Directory.CreateDirectory(state.directory);
        await state.Storage.MigrateAsync(cancel);
        return state;
    }

    /// <summary>Where the demonstration keeps its own.</summary>
    public static string DemoDirectory => Path.Combine(Directory, Demo);

    /// <summary>Opens the state for a command that only reads or changes rows; there must be one.</summary>
    /// <param name="study">The study that the command is about: the demonstration's is found in a state of its own where no other has its name.</param>
    public static async Task<EmbeddedState> OpenExistingAsync(CancellationToken cancel, string? study = null)
    {
        var exists = File.Exists(Path.Combine(Directory, Database));
        if (study == Demo && File.Exists(Path.Combine(DemoDirectory, Database)) && !(exists && await (await OpenAsync(cancel)).HasAsync(study, cancel)))
            return await OpenAsync(cancel, DemoDirectory);
        if (!exists)
            throw new BadInputException(
                ErrorClasses.StateMissing, Directory, null, "studies run or imported here", "no database",
                "Run `interpret demo`, `interpret run` or `interpret import` first, or set INTERPRET_STATE");
        return await OpenAsync(cancel);
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
        catch (IOException e)
        {
            throw new BadInputException(
                ErrorClasses.StateLocked, directory, null, "no other process working on this state", "one that is",
                "Wait for it, or set INTERPRET_STATE to another directory", e);
        }
    }
}
