using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Studies;
using Interpret.Exchange.Vocabularies;

namespace Interpret.Unit.Tests.SamplePair;

/// <summary>The committed sample: a trained pair, what it was trained on, and its study.</summary>
internal static class SamplePairFiles
{
    public static string Folder { get; } = Path.Combine(SourceTree.Root, "samples");

    public static StudyDefinition Study { get; } = StudyFile.Read(At("study.json"));

    public static IReadOnlyList<DatasetPrompt> Prompts { get; } = DatasetFile.ReadWhole(Study.Dataset);

    public static VocabularyFile Vocabulary { get; } = VocabularyFile.Read(Study.Vocabulary!);

    public static string At(string file) => Path.Combine(Folder, file);
}
