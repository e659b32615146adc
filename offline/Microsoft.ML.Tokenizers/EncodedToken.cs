namespace Microsoft.ML.Tokenizers;

/// <summary>A token as its id, its text in the vocabulary, and the range of the (normalised) text that it stands for.</summary>
public readonly struct EncodedToken(int id, string value, Range offset) : IEquatable<EncodedToken>
{
    public int Id { get; } = id;

    public string Value { get; } = value;

    public Range Offset { get; } = offset;

    public bool Equals(EncodedToken other) => Id == other.Id && Value == other.Value && Offset.Equals(other.Offset);

    public override bool Equals(object? obj) => obj is EncodedToken other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Id, Value, Offset);

    public static bool operator ==(EncodedToken left, EncodedToken right) => left.Equals(right);

    public static bool operator !=(EncodedToken left, EncodedToken right) => !left.Equals(right);
}
