using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Interpret.Cli;

/// <summary>An option that is a number in a range.</summary>
internal static class NumberOption
{
    public static Option<double?> Create(string name, string description, double least, double most = 1e12, double? fallback = null) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => fallback,
        CustomParser = result =>
        {
            if (double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
                return value;
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name}: expected a number from {least} to {most}, found {result.Tokens[0].Value}"));
            return null;
        },
    };

    /// <summary>A whole number that must be at least <paramref name="least"/>.</summary>
    public static Option<int> Whole(string name, string description, int least, int fallback) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => fallback,
        CustomParser = result => Whole(name, least, result) ?? fallback,
    };

    /// <summary>A whole number that must be at least <paramref name="least"/>; null: not given.</summary>
    public static Option<int?> WholeIfGiven(string name, string description, int least) => new(name)
    {
        Description = description,
        CustomParser = result => Whole(name, least, result),
    };

    private static int? Whole(string name, int least, ArgumentResult result)
    {
        if (int.TryParse(result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least) return value;
        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name}: expected a whole number from {least}, found {result.Tokens[0].Value}"));
        return null;
    }
}
