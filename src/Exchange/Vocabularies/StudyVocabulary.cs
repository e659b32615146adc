using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Interpret.Contracts;
using Interpret.Exchange.Text;
using Interpret.Storage;

namespace Interpret.Exchange.Vocabularies;

/// <summary>A study's words and their static word vectors, as they are frozen into it.</summary>
/// <param name="Words">The vocabulary.</param>
/// <param name="Vectors">Null where the study names no vectors: its attention heads are not read out.</param>
/// <param name="Rejected">Lines of the vocabulary set aside.</param>
public sealed record StudyVocabulary(IReadOnlyList<VocabularyWord> Words, WordVectors? Vectors, RejectedRows Rejected)
{
    /// <summary>Reads what the study names; null where it names no vocabulary.</summary>
    /// <exception cref="Contracts.BadInputException">A file cannot be used.</exception>
    public static StudyVocabulary? Read(StudyDefinition study)
    {
        if (study.Vocabulary is null)
            return null;
        var vocabulary = VocabularyFile.Read(study.Vocabulary);
        var vectors = study.Vectors is null ? null
            : WordVectorFile.Read(study.Vectors, [.. vocabulary.Words.Select(word => word.Word)], WordVectorOptions.Of(study.Attention));
        return new StudyVocabulary(vocabulary.Words, vectors, vocabulary.Rejected);
    }

    public IEnumerable<VocabularyRow> ToRows(string study) => Words.Select((word, position) => new VocabularyRow
    {
        StudyId = study,
        Position = position,
        Word = word.Word,
        Frequency = word.Frequency,
        Vector = Vectors?.Vectors[position] is { } vector ? MemoryMarshal.AsBytes(vector.AsSpan()).ToArray() : null,
    });

    /// <summary>Hash of what is kept; a table of vectors may be gigabytes and another file with the same words the same study.</summary>
    public byte[] Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var row in ToRows(""))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(row.Word));
            hash.AppendData(BitConverter.GetBytes(row.Frequency));
            hash.AppendData(BitConverter.GetBytes(row.Vector?.Length ?? -1));
            hash.AppendData(row.Vector ?? []);
        }

        return hash.GetHashAndReset();
    }

    public override string ToString() =>
        $"{Words.Count:N0} words"
        + (Vectors is null ? ", no word vectors: attention heads are not read out" : $", {Vectors}");
}
