using System.Reflection;
using System.Text.Json.Nodes;

namespace Interpret.Unit.Tests.Templates;

/// <summary>
/// Small templates, one a construct, and others of the shapes that models have, with what Jinja2 3.1 under Python renders of them in the sandbox of
/// Hugging Face's library, <c>strftime_now</c> set to 26 July 2024.
/// </summary>
public static class TemplateCases
{
    private static readonly JsonObject File = Read();

    public static DateOnly Date { get; } = new(2024, 7, 26);

    /// <summary>What every template is given.</summary>
    public static JsonObject Variables => File["variables"]!.DeepClone().AsObject();

    public static IEnumerable<TheoryDataRow<string, string, string>> All => File["cases"]!.AsArray().Select(item =>
        new TheoryDataRow<string, string, string>((string)item!["name"]!, (string)item["template"]!, (string)item["expected"]!));

    private static JsonObject Read()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("template-cases.json")!;
        return JsonNode.Parse(stream)!.AsObject();
    }
}
