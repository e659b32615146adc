using Interpret.Exchange.Text;
using Interpret.Exchange.Vocabularies;
using Interpret.Explaining;
using Interpret.Models.Checkpoints;
using Interpret.Models.Tokenizers;
using Interpret.Reports.Verbs;
using Interpret.Samples.Make.World;
using Interpret.Training;
using Interpret.Unit.Tests.Studies;

namespace Interpret.Unit.Tests.SamplePair;

public sealed class When_the_world_is_made_again : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public void Its_texts_are_the_committed_ones()
    {
        WorldFiles.Write(scratch.Root);
        foreach (var file in new[] { "corpus.txt.gz", "instructions.tsv.gz", "dataset.tsv" })
            Text(Path.Combine(scratch.Root, file))
                .ShouldBe(Text(SamplePairFiles.At(file)),
                $"{file} has drifted: run dotnet run --project samples/make -c Release -- world samples, and train again");
        File.ReadAllBytes(Path.Combine(scratch.Root, "tokenizer", "tokenizer.model"))
            .ShouldBe(File.ReadAllBytes(SamplePairFiles.At("tokenizer/tokenizer.model")));

        static string Text(string path)
        {
            using var reader = TextInput.Open(path);
            return reader.ReadToEnd();
        }
    }

    [Fact]
    public void Its_words_are_the_committed_ones_and_their_vectors_alike()
    {
        var (words, vectors) = WorldStudy.Words(SamplePairFiles.Folder);
        words.ShouldBe(File.ReadAllText(SamplePairFiles.Study.Vocabulary!));
        var lookup = WordVectorOptions.Of(SamplePairFiles.Study.Attention);
        string[] some = ["horse", "cheese", "hammer", "translate", "explain", "Mira", "red", "wept", "sunny", "baker"];
        var made = Vectors(scratch.Write("vectors.txt", vectors));
        var committed = Vectors(SamplePairFiles.Study.Vectors!);
        foreach (var a in Enumerable.Range(0, some.Length))
        {
            foreach (var b in Enumerable.Range(0, a))
                Cosine(made[a], made[b]).ShouldBe(Cosine(committed[a], committed[b]), 0.01, $"{some[a]} and {some[b]}");
        }

        IReadOnlyList<float[]> Vectors(string path) => [.. WordVectorFile.Read(path, some, lookup).Vectors.Select(vector => vector!)];
    }

    [Fact]
    public void Words_of_a_kind_are_alike()
    {
        var all = SamplePairFiles.Vocabulary.Words.Select(word => word.Word).ToList();
        var vectors = WordVectorFile.Read(SamplePairFiles.Study.Vectors!, all, WordVectorOptions.Of(SamplePairFiles.Study.Attention));
        (vectors.Dimension, vectors.Unknown).ShouldBe((32, 0));
        float[] Of(string word) => vectors.Vectors[all.IndexOf(word)]!;
        Cosine(Of("horse"), Of("wolf")).ShouldBeGreaterThan(0.6);
        Cosine(Of("horse"), Of("cheese")).ShouldBeLessThan(0.4);
        Cosine(Of("red"), Of("green")).ShouldBeGreaterThan(0.6);
    }

    [Fact]
    public void The_vocabulary_holds_verbs_of_instructions_and_general_verbs_to_compare_them_with()
    {
        var words = SamplePairFiles.Vocabulary.Words.Select(word => PythonCase.Lower(word.Word)).ToHashSet(StringComparer.Ordinal);
        SamplePairFiles.Vocabulary.Rejected.ShouldBeEmpty();
        VerbLists.Instruction.Count(words.Contains).ShouldBeGreaterThanOrEqualTo(12);
        VerbLists.General(SamplePairFiles.Vocabulary.Words.Select(word => (word.Word, word.Frequency))).Count.ShouldBeGreaterThan(60);
    }

    [Fact]
    public void Every_instruction_is_found_among_the_tokens_of_its_prompt_and_stays_whole_before_the_response()
    {
        var tokenizer = TokenizerFormats.Load(SamplePairFiles.At("tokenizer"));
        SamplePairFiles.Prompts.Count.ShouldBe(200);
        SamplePairFiles.Prompts.CountBy(prompt => prompt.Group).ShouldAllBe(group => group.Value == 20);
        foreach (var prompt in SamplePairFiles.Prompts)
        {
            InstructionMask.Of(prompt.Prompt, prompt.Spans, tokenizer).ShouldContain(true, prompt.Id);
            var alone = tokenizer.EncodeToIds(prompt.Prompt);
            tokenizer.EncodeToIds($"{prompt.Prompt} {prompt.Reference}").Take(alone.Count).ShouldBe(alone, prompt.Id);
            tokenizer.CountTokens(prompt.Reference).ShouldBeLessThan(SamplePairFiles.Study.Attribution.MaxNewTokens, prompt.Id);
        }
    }

    [Fact]
    public void The_training_file_names_what_is_there()
    {
        var plan = TrainingPlan.Read(SamplePairFiles.At("training.json"));
        foreach (var file in new[] { plan.Corpus, plan.Instructions, plan.Tokenizer, plan.Pretraining.Checkpoint, plan.Tuning.Checkpoint })
            Path.Exists(file).ShouldBeTrue(file);
        foreach (var stage in new[] { plan.Pretraining, plan.Tuning })
        {
            ModelFiles.Open(stage.Checkpoint).Checkpoint.Config.Layers.ShouldBe(plan.Model.Layers);
            new FileInfo(Path.Combine(stage.Checkpoint, "model.safetensors")).Length.ShouldBeLessThan(8 << 20);
        }
    }

    public void Dispose() => scratch.Dispose();

    private static double Cosine(float[] a, float[] b) => Product(a, b) / Math.Sqrt(Product(a, a) * Product(b, b));

    private static double Product(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum();
}
