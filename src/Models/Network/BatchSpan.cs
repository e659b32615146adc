namespace Interpret.Models.Network;

/// <summary>
/// Where the rows of a batch stand. Shorter rows are padded on the left, so that all end in the same column: row i holds nothing before column
/// <c>Padding[i]</c>, which is its position 0. Columns Start..Start+Length−1 are run; those before were, and are in a cache.
/// </summary>
/// <param name="Padding">Columns without a token at the head of each row.</param>
/// <param name="Start">The first column that is run.</param>
/// <param name="Length">T: how many are.</param>
public sealed record BatchSpan(IReadOnlyList<int> Padding, int Start, int Length)
{
    /// <summary>A whole input, alone or with others of its length.</summary>
    public static BatchSpan Whole(int length) => new([0], 0, length);

    public int Rows => Padding.Count;

    /// <summary>One behind the last column that is run.</summary>
    public int End => Start + Length;

    /// <summary>Whether no row differs from the others, so that one table and one mask serve all.</summary>
    public bool Alike => Padding.All(columns => columns == Padding[0]);
}
