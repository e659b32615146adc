using System.Globalization;
using Interpret.Contracts;

namespace Interpret.AnnotatorWorker;

/// <summary>What a chat model's tokens cost, in US dollars a million.</summary>
/// <param name="Input">Of questions.</param>
/// <param name="Cached">Of questions' tokens that the service had cached.</param>
/// <param name="Output">Of answers.</param>
public sealed record Price(double Input, double Cached, double Output)
{
    public double Of(double input, double cached, double output) => (((input - cached) * Input) + (cached * Cached) + (output * Output)) / 1e6;
}

/// <summary>Prices by chat model. Those of common models are built in, as published; services change them, so a setting overrides each.</summary>
public sealed class PriceTable
{
    private readonly Dictionary<string, Price> prices = new(StringComparer.OrdinalIgnoreCase)
    {
        ["gpt-4o-mini"] = new(0.15, 0.075, 0.60),
        ["gpt-4o"] = new(2.50, 1.25, 10.00),
        ["gpt-4.1"] = new(2.00, 0.50, 8.00),
        ["gpt-4.1-mini"] = new(0.40, 0.10, 1.60),
        ["gpt-4.1-nano"] = new(0.10, 0.025, 0.40),
        ["gpt-4-turbo"] = new(10.00, 10.00, 30.00),
        ["gpt-3.5-turbo"] = new(0.50, 0.50, 1.50),
    };

    /// <param name="setting">Such as <c>my-model=0.4/0.1/1.6; other=1/1/2</c>: input, cached input, output.</param>
    /// <exception cref="BadInputException"><c>setting-bad</c>.</exception>
    public PriceTable(string? setting = null)
    {
        foreach (var entry in (setting ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, numbers) = (entry[..Math.Max(0, entry.LastIndexOf('='))].Trim(), entry[(entry.LastIndexOf('=') + 1)..].Split('/'));
            var values = numbers.Select(
                number => double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= 0 ? value : double.NaN)
                .ToArray();
            if (name.Length == 0 || values.Length != 3 || values.Any(double.IsNaN))
                throw new BadInputException(
                    ErrorClasses.SettingBad, "configuration", "Annotator:Prices",
                    "MODEL=INPUT/CACHED/OUTPUT, in US dollars a million tokens; several separated by semicolons", entry);
            prices[name] = new Price(values[0], values[1], values[2]);
        }
    }

    /// <summary>The price of a chat model, or of the one that it is a dated version of: <c>gpt-4o-mini-2024-07-18</c>. Null: not known.</summary>
    public Price? Of(string chatModel) => prices.GetValueOrDefault(chatModel)
        ?? prices.Where(
            price => chatModel.StartsWith(price.Key + "-", StringComparison.OrdinalIgnoreCase) && chatModel.Length > price.Key.Length + 1
            && char.IsAsciiDigit(chatModel[price.Key.Length + 1]))
            .OrderByDescending(price => price.Key.Length).Select(price => price.Value).FirstOrDefault();
}
