using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Interpret.Samples.Make.World;

/// <summary>The files that a pair of models is trained from, and the prompts that it is asked afterwards, which it has not seen.</summary>
public static class WorldFiles
{
    private const int Documents = 60_000, Pairs = 24_000, AskedOfEach = 20, MostPieces = 1920;

    private static readonly string[] Notes =
    [
        "Note: the market opens at nine.", "Note: this is a copy.", "Note: the last page is missing.", "Note: nobody has read this yet.",
            "Note: keep the paper dry.",
    ];

    /// <param name="folder">Receives <c>corpus.txt.gz</c>, <c>instructions.tsv.gz</c>, <c>dataset.tsv</c> and <c>tokenizer/tokenizer.model</c>.</param>
    public static void Write(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "tokenizer"));
        var reading = new WorldText(new SeededChoice("interpret/corpus"));
        var corpus = Enumerable.Range(0, Documents).Select(_ => WorldCorpus.Document(reading)).ToList();
        var learning = new WorldText(new SeededChoice("interpret/instructions"));
        var learnt = Enumerable.Range(0, Pairs).Select(_ => Row(learning, WorldTasks.Any(learning))).ToList();
        var asking = new WorldText(new SeededChoice("interpret/asked"));
        var seen = learnt.Select(row => row.Prompt).ToHashSet(StringComparer.Ordinal);
        var asked = WorldTasks.OfEach(asking, AskedOfEach).Select(task => Unseen(asking, task)).ToList();

        WriteCompressed(Path.Combine(folder, "corpus.txt.gz"), string.Join("\n\n", corpus) + "\n");
        WriteCompressed(Path.Combine(folder, "instructions.tsv.gz"), Table(learnt));
        File.WriteAllText(Path.Combine(folder, "dataset.tsv"), Table(asked));
        var pieces = BytePairTrainer.Train(
            corpus.Take(4000)
            .Concat(learnt.Take(4000).SelectMany(row => new[] { row.Prompt.Replace("/n", "\n", StringComparison.Ordinal), row.Task.Response })), MostPieces);
        File.WriteAllBytes(Path.Combine(folder, "tokenizer", "tokenizer.model"), TokenizerFile.Of(pieces));

        (WorldTask Task, string Prompt) Unseen(WorldText world, WorldTask task)
        {
            while (true)
            {
                if (Row(world, task) is var row && !seen.Contains(row.Prompt))
                    return row;
                task = WorldTasks.OfEach(world, 1).First(other => other.Family == task.Family);
            }
        }
    }

    private static (WorldTask Task, string Prompt) Row(WorldText world, WorldTask task)
    {
        var note = world.Choice.OneIn(3) ? world.Choice.Of(Notes) + "/n/n" : "";
        return (task, note + world.Choice.Of(
        [
            $"{task.Instruction}/n/nText: {task.Text}/n/nAnswer:",
            $"Text: {task.Text}/n/n{task.Instruction}/n/nAnswer:",
        ]));
    }

    private static string Table(IEnumerable<(WorldTask Task, string Prompt)> rows) => string.Concat(
        rows.Select((row, i) =>
            string.Create(
            CultureInfo.InvariantCulture, $"{row.Task.Family}_{i + 1}\t{row.Prompt}\t{row.Task.Response}\t{row.Task.Instruction}&&&{row.Task.Text}\n"))
            .Prepend("ID\tPrompt\tResponse\tInstruct&Context\n"));

    private static void WriteCompressed(string path, string text)
    {
        using var file = new GZipStream(File.Create(path), CompressionLevel.SmallestSize);
        file.Write(Encoding.UTF8.GetBytes(text));
    }
}
