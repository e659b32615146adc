using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Interpret.Contracts;
using Interpret.Models.Templates;
using Interpret.Models.Tokenizers;

namespace Interpret.Models.Checkpoints;

/// <summary>
/// Tells checkpoints apart by what is in their files, wherever they lie: SHA-256 over the names and hashes of configuration, tokenizer and
/// weights, an adapter's after its base's. Gigabytes are hashed once: a file's hash is kept with its size and time in <c>INTERPRET_CACHE</c>, else
/// in the user's cache folder.
/// </summary>
public static class CheckpointHash
{
    private const int HashedAtOnce = 4; // disks give no more

    /// <summary>Layers, heads, content hash and remarks of a checkpoint; its headers are read and checked.</summary>
    /// <exception cref="BadInputException">The checkpoint cannot be used.</exception>
    public static ModelFacts Facts(CheckpointPlace place)
    {
        var files = ModelFiles.Open(place);
        var checkpoint = files.Checkpoint;
        return new ModelFacts(checkpoint.Config.Layers, checkpoint.Config.Heads, Of(checkpoint))
        {
            Remarks = files.Remarks is { Count: > 0 } said ? said : null,
        };
    }

    /// <returns>64 hexadecimal digits.</returns>
    public static string Of(Checkpoint checkpoint)
    {
        var files = Files(checkpoint.Place.Whole, checkpoint.WeightFiles);
        if (checkpoint.Adapter is { } adapter)
            files = [.. files, .. Files(checkpoint.Directory, adapter.Files)];
        var cache = ReadCache();
        var hashes = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        Parallel.ForEach(files.Distinct(StringComparer.Ordinal), new ParallelOptions { MaxDegreeOfParallelism = HashedAtOnce }, file =>
            hashes[file] = cache.TryGetValue(Identity(file), out var known) ? known : HashFile(file));
        if (files.Exists(file => !cache.ContainsKey(Identity(file))))
            WriteCache(files.Distinct(StringComparer.Ordinal).ToDictionary(Identity, file => hashes[file], StringComparer.Ordinal));
        var all = string.Concat(files.Select(file => $"{Path.GetFileName(file)} {hashes[file]}\n"));
        if (checkpoint.Place.Precision is var precision && precision.Rounds()) all += $"{precision}\n"; // another model
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)));
    }

    /// <summary>The files of a folder that say what a model is, in an order that does not depend on where it lies.</summary>
    private static List<string> Files(string directory, IEnumerable<string> weights) =>
    [
        .. weights
            .Concat(new[] { CheckpointPlace.ConfigFile, "generation_config.json", TokenizerFormats.Settings, TokenizerFormats.AddedTokens, TokenizerFormats.Of(directory).FileName }
                .Concat(ChatTemplate.Files).Select(name => Path.Combine(directory, name)))
            .Where(File.Exists).Select(Path.GetFullPath).Order(StringComparer.Ordinal),
    ];

    private static string HashFile(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static string Identity(string file)
    {
        var info = new FileInfo(file);
        return $"{file}|{info.Length}|{info.LastWriteTimeUtc.Ticks}";
    }

    private static string CacheFile => Path.Combine(
        Environment.GetEnvironmentVariable("INTERPRET_CACHE") is { Length: > 0 } configured ? configured
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "interpret"),
        "checkpoint-hashes.json");

    private static Dictionary<string, string> ReadCache()
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllBytes(CacheFile)) ?? [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return []; // none yet, or damaged: the files are hashed again
        }
    }

    private static void WriteCache(Dictionary<string, string> found)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(CacheFile)!);
            var temporary = $"{CacheFile}.{Environment.ProcessId}.tmp";
            File.WriteAllText(temporary, JsonSerializer.Serialize(ReadCache().Concat(found).DistinctBy(entry => entry.Key).ToDictionary()));
            File.Move(temporary, CacheFile, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException) // the last: a file that may not grow
        {
            // a cache that cannot be written saves no time and does no harm
        }
    }
}
