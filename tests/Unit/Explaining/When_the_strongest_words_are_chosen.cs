using Interpret.Explaining;
using TorchSharp;

namespace Interpret.Unit.Tests.Explaining;

public sealed class When_the_strongest_words_are_chosen
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 100)]
    [InlineData(100, 100)]
    [InlineData(513, 100)]
    [InlineData(5000, 100)]
    [InlineData(5000, 3000)]
    [InlineData(20000, 50)]
    public void They_are_those_of_a_sort_of_all_equals_by_index_on_either_road(int vocabulary, int most)
    {
        var random = new Random(vocabulary);
        // Few distinct values, so that many are equal, on both sides of every border.
        var values = Enumerable.Range(0, 3 * vocabulary).Select(_ => random.Next(-40, 41) / 8f).ToArray();
        using var scores = torch.tensor(values).view(3, vocabulary);
        using var contiguous = scores.contiguous();
        foreach (var found in new[] { TopWords.OnProcessor(contiguous, most, onAllCores: true), TopWords.OnDevice(contiguous, most) })
        {
            found.PerRow.ShouldBe(Math.Min(most, vocabulary));
            for (var row = 0; row < 3; row++)
            {
                var all = values.AsSpan(row * vocabulary, vocabulary).ToArray();
                var expected = Enumerable.Range(0, vocabulary).OrderByDescending(i => Math.Abs(all[i])).ThenBy(i => i).Take(most).ToArray();
                found.Words[(row * found.PerRow)..((row + 1) * found.PerRow)].ShouldBe(expected.Select(i => (long)i));
                found.Values[(row * found.PerRow)..((row + 1) * found.PerRow)].ShouldBe(expected.Select(i => all[i]));
            }
        }
    }

    [Fact]
    public void Distinct_values_in_any_order_come_out_in_order()
    {
        var random = new Random(1);
        var values = Enumerable.Range(0, 30_000).Select(i => (i + 1) * (random.Next(2) == 0 ? 1f : -1f)).ToArray();
        foreach (var order in new[] { values, [.. values.Reverse()], [.. values.OrderBy(_ => random.Next())] })
        {
            var chosen = new long[100];
            TopK.Largest(order, chosen);
            chosen.Select(i => Math.Abs(order[i])).ShouldBe(Enumerable.Range(0, 100).Select(i => 30_000f - i));
        }
    }

    /// <summary>
    /// However many are wanted, none is lost on the way: what is let go is below the least of those kept. Rows rise on the whole, so that what was kept is
    /// given up again and again, and are mixed enough that much of what comes lies between what is kept.
    /// </summary>
    [Fact]
    public void Any_number_of_them_is_found_in_any_order()
    {
        const int Length = 3000;
        for (var seed = 0; seed < 800; seed++)
        {
            var random = new Random(seed);
            var order = Enumerable.Range(0, Length).Select(i => i + random.Next(Length * (1 + (seed % 4)))).ToArray();
            var values = Enumerable.Range(1, Length).Select(i => (float)i).ToArray();
            Array.Sort(order, values);
            var chosen = new long[random.Next(1, 300)];
            TopK.Largest(values, chosen);
            for (var i = 0; i < chosen.Length; i++)
                values[chosen[i]].ShouldBe(Length - i, $"row {seed}, {chosen.Length} of it");
        }
    }

    /// <summary>Many are equal, and what comes late lies between the best so far: whoever stops a selection a step too early loses some of it.</summary>
    [Fact]
    public void What_comes_late_and_lies_between_the_best_is_found()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var most = random.Next(1, 40);
            var early = random.Next(515, 1000);
            float[] values = [.. Enumerable.Range(0, 1200).Select(i => (float)(i < early ? random.Next(1, 1000) : random.Next(1000 - (3 * most), 1000)))];
            var chosen = new long[most];
            TopK.Largest(values, chosen);
            chosen.ShouldBe(Enumerable.Range(0, values.Length).OrderByDescending(i => values[i]).ThenBy(i => i).Take(most).Select(i => (long)i), $"row {seed}");
        }
    }

    [Fact]
    public void What_is_no_number_comes_first_so_that_it_is_seen()
    {
        var values = Enumerable.Range(0, 1000).Select(i => (float)i).ToArray();
        (values[400], values[900], values[999]) = (float.NaN, float.PositiveInfinity, float.NegativeInfinity);
        var chosen = new long[4];
        TopK.Largest(values, chosen);
        chosen.ShouldBe([400, 900, 999, 998]);
    }
}
