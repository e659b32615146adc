namespace Microsoft.ML.Tokenizers;

/// <summary>Brings a text into the form that the vocabulary was made for.</summary>
public abstract class Normalizer
{
    public abstract string Normalize(string original);

    public abstract string Normalize(ReadOnlySpan<char> original);
}
