namespace Interpret.Unit.Tests.Model;

/// <summary>How far two lists of numbers are apart: the largest difference over the largest expected magnitude.</summary>
internal static class Agreement
{
    public static double Of(IReadOnlyList<float> actual, IReadOnlyList<double> expected)
    {
        actual.Count.ShouldBe(expected.Count);
        var scale = expected.Select(Math.Abs).DefaultIfEmpty().Max();
        var worst = actual.Zip(expected, (a, e) => Math.Abs(a - e)).DefaultIfEmpty().Max();
        return scale == 0 ? worst : worst / scale;
    }

    public static double Of(IReadOnlyList<float> actual, IReadOnlyList<float> expected) => Of(actual, [.. expected.Select(e => (double)e)]);

    /// <summary>Each number relative to itself.</summary>
    public static double OfEach(IReadOnlyList<float> actual, IReadOnlyList<double> expected)
    {
        actual.Count.ShouldBe(expected.Count);
        return actual.Zip(expected, (a, e) => Math.Abs(a - e) / Math.Abs(e)).DefaultIfEmpty().Max();
    }
}
