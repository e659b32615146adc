using Interpret.Contracts;
using Interpret.Samples.Make.RandomPair;
using Interpret.Unit.Tests.Studies;

namespace Interpret.Unit.Tests.RandomPair;

public sealed class When_the_random_pair_is_made_again : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public void Every_file_has_the_committed_bytes()
    {
        scratch.Write("dataset.tsv", File.ReadAllBytes(RandomPairFiles.Study.Dataset));
        RandomStudy.Write(scratch.Root);

        var made = Files(scratch.Root);
        made.ShouldBe(
            ["dataset.tsv", "ratings.tsv", "vectors.txt", "vocabulary.tsv", .. Checkpoint("base-tiny"), .. Checkpoint("tuned-tiny")], ignoreOrder: true);
        Files(Path.Combine(RandomPairFiles.Folder, "checkpoints")).Count().ShouldBe(10);
        foreach (var file in made)
        {
            var same = File.ReadAllBytes(Path.Combine(scratch.Root, file)).AsSpan()
                .SequenceEqual(File.ReadAllBytes(Path.Combine(RandomPairFiles.Folder, file)));
            same.ShouldBeTrue($"{file} has drifted: run dotnet run --project samples/make -c Release -- random tests/data/random-pair");
        }
    }

    [Fact]
    public void A_row_that_cannot_be_used_stops_it()
    {
        scratch.Write("dataset.tsv", "ID\tPrompt\tResponse\tInstruct&Context\na_1\tSing.\tLa.\tDance.&&&\n");
        Should.Throw<BadInputException>(() => RandomStudy.Write(scratch.Root)).Where.ShouldBe("row 2");
        Files(scratch.Root).ShouldBe(["dataset.tsv"]);
    }

    public void Dispose() => scratch.Dispose();

    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file));

    private static IEnumerable<string> Checkpoint(string name) =>
        from file in new[] { "config.json", "generation_config.json", "model.safetensors", "tokenizer.model", "tokenizer_config.json" }
        select Path.Combine("checkpoints", name, file);
}
