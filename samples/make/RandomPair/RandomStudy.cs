using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Vocabularies;
using Interpret.Models.Checkpoints;

namespace Interpret.Samples.Make.RandomPair;

/// <summary>
/// Everything of the random pair's study that is made from its prompts: a tokenizer trained on them, two small random models, made-up
/// ratings, a vocabulary and made-up word vectors. The same prompts give the same bytes on every machine.
/// </summary>
public static class RandomStudy
{
    private const int Pieces = 640;
    private const string TunedName = "tuned_tiny";

    /// <param name="folder">Holds <c>dataset.tsv</c>; receives everything else but <c>study.json</c>.</param>
    /// <exception cref="BadInputException">The dataset cannot be read, or a row of it was rejected.</exception>
    public static void Write(string folder)
    {
        var prompts = DatasetFile.ReadWhole(Path.Combine(folder, "dataset.tsv"));

        File.WriteAllText(Path.Combine(folder, "ratings.tsv"), MadeUpRatings.Of(prompts, TunedName));
        WriteWords(folder, prompts);
        var pieces = BytePairTrainer.Train(prompts.SelectMany(prompt => new[] { prompt.Prompt, prompt.Reference }), Pieces);
        var tokenizer = TokenizerFile.Of(pieces);
        foreach (var (name, model) in new[] { ("base-tiny", RandomModel.Base(pieces)), ("tuned-tiny", RandomModel.Tuned(pieces)) })
            CheckpointFolder.Write(Path.Combine(folder, "checkpoints", name), model.Config, model.Weights, tokenizer);
    }

    private static void WriteWords(string folder, IReadOnlyList<DatasetPrompt> prompts)
    {
        var path = Path.Combine(folder, "vocabulary.tsv");
        File.WriteAllText(path, PromptVocabulary.Of(prompts));
        File.WriteAllText(Path.Combine(folder, "vectors.txt"), MadeUpVectors.Of(VocabularyFile.Read(path).Words.Select(word => word.Word)));
    }
}
