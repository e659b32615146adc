using System.CommandLine;
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
}
