using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Interpret.Explaining;

namespace Interpret.Unit.Tests.Explaining;

public sealed class When_density_is_computed
{
    [Fact]
    public void Should_follow_the_formula_by_hand()
    {
        // Columns' maxima 2, 4, 1: levels 10 8 0 / 5 10 10 / 0 3 10, above 7: 10 8 0 / 0 10 10 / 0 0 10.
        float[] scores = [2, 3.1f, -1, 1, 4, 1, 0, 1.1f, 0.95f];
        var raw = new[] { 18 / Math.Pow(14096, 0.25), 20 / Math.Pow(20000, 0.25), 1.0 };
        var density = ImportanceDensity.Of(scores, 3, 3);
        for (var i = 0; i < 3; i++) ((double)density[i]).ShouldBe(raw[i] / raw[1], 1e-6);
    }

    [Fact]
    public void Should_take_levels_as_they_are_only_when_they_span_zero_to_ten()
    {
        // Taken as they are, 7.5 and 8 count; scaled by their column first, 3 of 3 becomes 10.
        ImportanceDensity.Of([10, 0, 3, 0], 2, 2).ShouldBe([1f, 0f]);
        ImportanceDensity.Of([10, 1, 3, 1], 2, 2)[1].ShouldBeGreaterThan(0.5f);
    }

    [Fact]
    public void Should_heed_levels_threshold_and_norm()
    {
        float[] scores = [1, 0, 0.5f, 1];
        ImportanceDensity.Of(scores, 2, 2, new DensitySettings(Levels: 4, Threshold: 2)).ShouldBe([1f, 1f], 1e-6);
        var wide = ImportanceDensity.Of(scores, 2, 2, new DensitySettings(Levels: 4, Threshold: 1, Norm: 2));
        ((double)wide[0]).ShouldBe(Math.Sqrt(20) / 6, 1e-6);
    }

    [Fact]
    public void Should_be_the_same_in_float64_but_for_rounding() => Prop.ForAll(
        Gen.Choose(-20, 100).ArrayOf().ToArbitrary(),
        drawn =>
        {
            float[] scores = [.. drawn.Take(drawn.Length / 3 * 3).Select((one, i) => (float)Math.Sin(one + (1.37 * i)))]; // none lies on a level's edge
            var (single, exact) = (ImportanceDensity.Of(scores, scores.Length / 3, 3), ImportanceDensity.Precise(scores, scores.Length / 3, 3));
            return single.Zip(exact).All(pair => Math.Abs(pair.First - pair.Second) < 1e-6);
        }).QuickCheckThrowOnFailure();

    /// <summary>Sum and norm of one level differ by nothing but the formula's 1e-9, which float32 has no room for.</summary>
    [Fact]
    public void Should_part_in_float64_what_float32_cannot()
    {
        float[] scores = [1, 0, 0.9f, 0, 0, 0, 0, 1];
        ImportanceDensity.Of(scores, 4, 2).ShouldBe([1f, 1f, 0f, 1f]);
        var density = ImportanceDensity.Precise(scores, 4, 2);
        density[0].ShouldBeGreaterThan(density[1]);
        density[3].ShouldBe(density[0]);
        ImportanceDensity.Precise([10, 0, 3, 0], 2, 2).ShouldBe([1, 0], 1e-8);
        ImportanceDensity.Precise([], 3, 0).ShouldBe([0, 0, 0]);
        (ImportanceDensity.HasLevels([10, 0, 3, 0], 2), ImportanceDensity.HasLevels([10, 1, 3, 1], 2)).ShouldBe((true, false));
    }

    /// <summary>Columns are worked many at a time, and those left over one by one.</summary>
    [Fact]
    public void Should_be_that_of_the_plain_formula_however_many_columns_there_are()
    {
        var random = new Random(1);
        for (var columns = 1; columns < 70; columns++)
        {
            foreach (var settings in (DensitySettings[])[new(), new(Threshold: 2, Norm: 3)])
            {
                float[] raw = [.. Enumerable.Range(0, 4 * columns).Select(_ => random.NextSingle() - 0.3f)];
                float[] levels = [10, .. Enumerable.Range(1, (4 * columns) - 1).Select(_ => (float)random.Next(0, 11))];
                levels[random.Next(1, 4 * columns)] = 0;
                float[] noLevels = [.. levels.Select(level => MathF.Max(level, 1))];
                // The only level 10 and the only 0 stand anywhere, and no other column reaches 10.
                float[] rare = [.. Enumerable.Range(0, 4 * columns).Select(_ => (float)random.Next(1, 10))];
                var place = random.Next(rare.Length);
                (rare[place], rare[(place + 1) % rare.Length]) = (10, 0);
                foreach (var scores in (float[][])[raw, levels, noLevels, rare])
                {
                    var density = ImportanceDensity.Of(scores, 4, columns, settings);
                    density.ShouldBe(Plain(scores, 4, columns, settings), $"{columns}");
                    ImportanceDensity.Precise(scores, 4, columns, settings).Select(value => (float)value).ToArray().ShouldBe(density, 1e-5);
                }
            }
        }

        ImportanceDensity.Precise([1], 1, 1)[0].ShouldBeLessThan(1);
    }

    [Fact]
    public void Should_be_zero_without_output_and_refuse_what_is_no_number()
    {
        ImportanceDensity.Of([], 3, 0).ShouldBe([0f, 0f, 0f]);
        Should.Throw<ArgumentException>(() => ImportanceDensity.Of([1, 2, 3], 2, 2)).Message.ShouldStartWith("3 scores for 2 x 2 tokens");
        Should.Throw<ArgumentException>(() => ImportanceDensity.Of([], -1, 0));
        Should.Throw<ArgumentException>(() => ImportanceDensity.Of([], 0, -1));
        foreach (var wrong in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
        {
            for (var place = 0; place < 40; place += 13)
            {
                var scores = new float[40];
                scores[place] = wrong;
                Should.Throw<ArgumentException>(() => ImportanceDensity.Of(scores, 2, 20)).Message.ShouldStartWith("a score is infinite or not a number");
            }
        }
    }

    [Fact]
    public void Should_lie_between_zero_and_one()
    {
        var cases = from rows in Gen.Choose(1, 12)
                    from columns in Gen.Choose(1, 40)
                    from scores in Gen.Choose(-1000, 1000).Select(value => value * 1e-4f).ArrayOf(rows * columns)
                    select (rows, columns, scores);
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(cases.ToArbitrary(), one =>
            ImportanceDensity.Of(one.scores, one.rows, one.columns).All(value => value is >= 0 and <= 1)));
    }

    [Fact]
    public void Should_agree_with_the_original_on_its_own_cases()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(Reference.Path("golden/tables/compute_density.json")));
        var count = 0;
        foreach (var one in golden.RootElement.EnumerateArray())
        {
            var shape = one.GetProperty("shape");
            var settings = new DensitySettings(Threshold: one.GetProperty("eps").GetInt32());
            var density = ImportanceDensity.Of(Floats(one.GetProperty("x")), shape[0].GetInt32(), shape[1].GetInt32(), settings);
            Agree(density, Floats(one.GetProperty("y")), one.GetProperty("name").GetString()!);
            count++;
        }

        count.ShouldBe(26);
    }

    [Fact]
    public void Should_agree_with_the_original_on_all_published_matrices()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(Reference.Path("golden/tables/density.json")));
        var count = 0;
        foreach (var model in golden.RootElement.EnumerateObject())
        {
            foreach (var file in model.Value.EnumerateObject())
            {
                var read = AttributionFile.Read(Reference.Path($"published/{model.Name}/{file.Name}"));
                Agree(ImportanceDensity.Of(read.Scores, read.Rows, read.Columns), Floats(file.Value), file.Name);
                count++;
            }
        }

        count.ShouldBe(600);
    }

    [Fact]
    public void Should_weigh_a_score_by_the_instruction_s_length()
    {
        InstructionScore.Of([0.5f, 1f, 0.25f], [true, false, true]).ShouldBe(0.75 / 2);
        InstructionScore.Of([0.5f], [false]).ShouldBe(0);
        InstructionScore.Of(ImportanceDensity.Of([], 2, 0), [true, true]).ShouldBe(0);
        Should.Throw<ArgumentException>(() => InstructionScore.Of([1f], [true, true])).Message.ShouldStartWith("1 densities, 2 mask entries");
    }

    private static float[] Plain(float[] scores, int rows, int columns, DensitySettings settings)
    {
        var maxima = Enumerable.Range(0, columns).Select(j => Enumerable.Range(0, rows).Max(i => scores[(i * columns) + j])).ToArray();
        var quantised = scores.Max() == settings.Levels && scores.Min() == 0;
        var raw = Enumerable.Range(0, rows).Select(i =>
        {
            double[] levels = [.. Enumerable.Range(0, columns)
                .Select(j => (Score: scores[(i * columns) + j], Scale: MathF.Max(maxima[j], 0) + 1e-9f))
                .Select(one => quantised ? one.Score : Math.Ceiling(MathF.Max(one.Score, 0) / one.Scale * settings.Levels))
                .Where(level => level > settings.Threshold)];
            return (float)levels.Sum() / (NumpyPower.Of((float)levels.Sum(level => Math.Pow(level, settings.Norm)), 1f / settings.Norm) + 1e-9f);
        }).ToArray();
        return [.. raw.Select(value => value / (raw.Max() + 1e-9f))];
    }

    private static float[] Floats(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetSingle())];

    /// <summary>To the last bit.</summary>
    private static void Agree(float[] density, float[] expected, string name)
    {
        density.Length.ShouldBe(expected.Length, name);
        for (var i = 0; i < density.Length; i++) BitConverter.SingleToInt32Bits(density[i])
            .ShouldBe(BitConverter.SingleToInt32Bits(expected[i]), $"{name}, row {i}");
    }
}
