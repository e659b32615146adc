using Interpret.Explaining;
using static TorchSharp.torch;

namespace Interpret.Unit.Tests.Explaining;

/// <summary>Words that are the axes, all of them read out: projections are then the directions themselves.</summary>
public sealed class When_directions_are_turned_at_random
{
    private const int Width = 24, Inner = 60, Ranks = 10;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(300)]
    public void A_rotation_is_orthogonal(int size)
    {
        var rows = RandomRotation.Of(size, 7);
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
                rows[i].Zip(rows[j]).Sum(pair => pair.First * pair.Second).ShouldBe(i == j ? 1 : 0, 1e-12);
        }
    }

    [Fact]
    public void A_rotation_is_the_same_for_its_seed_and_another_for_another_study_model_or_layer()
    {
        RandomRotation.Of(5, 7).SelectMany(row => row).ShouldBe(RandomRotation.Of(5, 7).SelectMany(row => row));
        ulong[] seeds = [RandomRotation.Seed(1, "a", 0), RandomRotation.Seed(2, "a", 0), RandomRotation.Seed(1, "b", 0), RandomRotation.Seed(1, "a", 1)];
        seeds.Distinct().Count().ShouldBe(4);
        seeds.Select(seed => RandomRotation.Of(5, seed)[0][0]).Distinct().Count().ShouldBe(4);
        RandomRotation.Seed(1, "a", 0).ShouldBe(seeds[0]);
    }

    [Fact]
    public void No_direction_is_favoured()
    {
        // Of Haar's measure every entry has mean 0 and mean square 1/k.
        const int Size = 4, Times = 2000;
        var (sums, squares) = (new double[Size * Size], new double[Size * Size]);
        for (var time = 0; time < Times; time++)
        {
            foreach (var (at, entry) in RandomRotation.Of(Size, (ulong)time).SelectMany(row => row).Index())
                (sums[at], squares[at]) = (sums[at] + entry, squares[at] + (entry * entry));
        }

        sums.ShouldAllBe(sum => Math.Abs(sum / Times) < 0.06); // standard error 0.011
        squares.ShouldAllBe(square => Math.Abs((square / Times) - 0.25) < 0.03);
    }

    [Theory]
    [InlineData(Ranks)]
    [InlineData(int.MaxValue)]
    public void The_control_spans_the_space_of_the_concepts_and_its_directions_are_orthonormal(int ranks)
    {
        var (concepts, control) = Explain(seed: 3, ranks);
        var (kept, turned) = (Matrix(concepts), Matrix(control));
        control.Count.ShouldBe(concepts.Count);
        for (var i = 0; i < turned.Length; i++)
        {
            for (var j = 0; j < turned.Length; j++)
                Dot(turned[i], turned[j]).ShouldBe(i == j ? 1 : 0, 1e-5);
            kept.Sum(direction => Math.Pow(Dot(turned[i], direction), 2)).ShouldBe(1, 1e-5, "all of it lies in the space");
        }

        // It is the rotation that is drawn, up to the signs of directions; and the variance is handed round, not lost.
        var rotation = RandomRotation.Of(concepts.Count, 3);
        for (var i = 0; i < turned.Length; i++)
        {
            for (var j = 0; j < kept.Length; j++)
                Math.Abs(Dot(turned[i], kept[j])).ShouldBe(Math.Abs(rotation[i][j]), 1e-5);
            control[i].Score.ShouldBe(Enumerable.Range(0, kept.Length).Sum(j => rotation[i][j] * rotation[i][j] * concepts[j].Score), 1e-12);
        }

        control.Sum(one => one.Score).ShouldBe(concepts.Sum(one => one.Score), 1e-9);
    }

    [Fact]
    public void The_control_comes_out_the_same_again_and_otherwise_of_another_seed()
    {
        var (once, again, other) = (Explain(3).Control, Explain(3).Control, Explain(4).Control);
        again.SelectMany(one => one.Projections).ShouldBe(once.SelectMany(one => one.Projections));
        other.SelectMany(one => one.Projections).ShouldNotBe(once.SelectMany(one => one.Projections));
    }

    [Fact]
    public void Concepts_are_the_same_with_and_without_a_control_and_without_there_is_none()
    {
        var (with, without) = (Explain(3), Explain(null));
        with.Concepts.SelectMany(one => one.Projections).ShouldBe(without.Concepts.SelectMany(one => one.Projections));
        with.Concepts.SelectMany(one => one.Words).ShouldBe(without.Concepts.SelectMany(one => one.Words));
        without.Control.ShouldBeEmpty();
    }

    [Fact]
    public void A_direction_s_arbitrary_sign_changes_no_control()
    {
        // Of the same layer with its neurons in another order the directions may come with other signs.
        var mirrored = Explain(3, change: down => down.flip(1));
        Matrix(mirrored.Control).Zip(Matrix(Explain(3).Control)).ShouldAllBe(pair => Math.Abs(Dot(pair.First, pair.Second) - 1) < 1e-4);
    }

    private static (IReadOnlyList<Concept> Concepts, IReadOnlyList<Concept> Control) Explain(
        ulong? seed, int ranks = Ranks, Func<Tensor, Tensor>? change = null)
    {
        using var scope = NewDisposeScope();
        var random = new SplitMix64(11);
        // Variances that are well apart.
        float[] entries = [.. Enumerable.Range(0, Width * Inner).Select(at => (float)((random.Share() - 0.5) * Math.Pow(1.3, at / Inner)))];
        var down = tensor(entries, [Width, Inner]);
        return new FeedForwardConcepts(eye(Width), Width, ranks).Explain((change?.Invoke(down) ?? down).clone().DetachFromDisposeScope(), seed);
    }

    private static double[][] Matrix(IReadOnlyList<Concept> concepts) =>
        [.. concepts.Select(one => one.Words.Zip(one.Projections).OrderBy(pair => pair.First).Select(pair => (double)pair.Second).ToArray())];

    private static double Dot(double[] a, double[] b) => a.Zip(b).Sum(pair => pair.First * pair.Second);
}
