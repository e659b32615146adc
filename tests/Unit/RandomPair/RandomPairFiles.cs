using Interpret.GpuWorker.Model;
using Interpret.Orchestrator.Studies;

namespace Interpret.Unit.Tests.RandomPair;

/// <summary>The committed random pair and its study.</summary>
internal static class RandomPairFiles
{
    /// <summary>The top of the source tree, above wherever the tests were built.</summary>
    public static string Root { get; } = Find();

    public static string Folder { get; } = Path.Combine(Root, "tests", "data", "random-pair");

    public static Study Study { get; } = StudyFile.Read(Path.Combine(Folder, "study.json"));

    public static DatasetFile Dataset { get; } = DatasetFile.Read(Study.Dataset);

    public static VocabularyFile Vocabulary { get; } = VocabularyFile.Read(Study.Vocabulary!);

    public static SentencePieceTokenizer Tokenizer { get; } = SentencePieceTokenizer.Load(Study.Models[0].Checkpoint!);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Interpret.sln"))) return folder.FullName;
        }

        throw new DirectoryNotFoundException($"expected Interpret.sln above {AppContext.BaseDirectory}, found none");
    }
}
