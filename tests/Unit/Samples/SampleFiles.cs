using Interpret.GpuWorker.Model;
using Interpret.Orchestrator.Studies;

namespace Interpret.Unit.Tests.Samples;

/// <summary>The committed sample study.</summary>
internal static class SampleFiles
{
    public static string Folder { get; } = Find();

    public static Study Study { get; } = StudyFile.Read(Path.Combine(Folder, "study.json"));

    public static DatasetFile Dataset { get; } = DatasetFile.Read(Study.Dataset);

    public static VocabularyFile Vocabulary { get; } = VocabularyFile.Read(Study.Vocabulary!);

    public static SentencePieceTokenizer Tokenizer { get; } = SentencePieceTokenizer.Load(Study.Models[0].Checkpoint!);

    // samples/ stands beside Interpret.sln, above wherever the tests were built.
    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Interpret.sln"))) return Path.Combine(folder.FullName, "samples");
        }

        throw new DirectoryNotFoundException($"expected Interpret.sln above {AppContext.BaseDirectory}, found none");
    }
}
