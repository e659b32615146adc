using Interpret.Contracts;
using Interpret.Exchange.Datasets;
using Interpret.Exchange.Studies;
using Interpret.Exchange.Vocabularies;
using Interpret.Models.Tokenizers;

namespace Interpret.Unit.Tests.RandomPair;

/// <summary>The committed random pair and its study.</summary>
internal static class RandomPairFiles
{
    public static string Folder { get; } = Path.Combine(SourceTree.Root, "tests", "data", "random-pair");

    public static StudyDefinition Study { get; } = StudyFile.Read(Path.Combine(Folder, "study.json"));

    public static DatasetFile Dataset { get; } = DatasetFile.Read(Study.Dataset);

    public static VocabularyFile Vocabulary { get; } = VocabularyFile.Read(Study.Vocabulary!);

    public static ITokenizer Tokenizer { get; } = TokenizerFormats.Load(Study.Models[0].Checkpoint!);
}
