using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Interpret.Unit.Tests.Deploy;

/// <summary>The files of a deployment, and the sources that they speak of.</summary>
internal static partial class DeployFiles
{
    /// <summary>Where Interpret.sln stands.</summary>
    public static string Root => SourceTree.Root;

    public static string Text(string path) => File.ReadAllText(Path.Combine(Root, path));

    public static YamlMappingNode Compose { get; } = (YamlMappingNode)Yaml("docker-compose.yml")[0];

    /// <summary>Every object for Kubernetes, with the file that it stands in.</summary>
    public static IReadOnlyList<(string File, YamlMappingNode Object)> Manifests { get; } =
        [.. Directory.GetFiles(Path.Combine(Root, "deploy/kubernetes"), "*.yaml").Order(StringComparer.Ordinal)
            .SelectMany(file => Yaml(file).Select(document => (Path.GetFileName(file), (YamlMappingNode)document)))];

    /// <summary>The texts of the same objects.</summary>
    public static IReadOnlyList<string> Documents { get; } =
        [.. Directory.GetFiles(Path.Combine(Root, "deploy/kubernetes"), "*.yaml").Order(StringComparer.Ordinal)
            .SelectMany(file => DocumentEnd().Split(File.ReadAllText(file))).Where(document => document.Contains("kind:", StringComparison.Ordinal))];

    [GeneratedRegex("^---\\s*$", RegexOptions.Multiline)]
    private static partial Regex DocumentEnd();

    public static IEnumerable<YamlMappingNode> OfKind(string kind) =>
        Manifests.Select(manifest => manifest.Object).Where(manifest => manifest.Text("kind") == kind);

    /// <summary>The C# sources of the services.</summary>
    public static string Sources { get; } =
        string.Join('\n', Directory.GetFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));

    /// <summary>The documents of a file. Keys that stand twice, tabs and unknown anchors are errors.</summary>
    public static IReadOnlyList<YamlNode> Yaml(string path)
    {
        using var text = new StringReader(File.ReadAllText(Path.Combine(Root, path)));
        var stream = new YamlStream();
        stream.Load(text);
        return [.. stream.Documents.Select(document => document.RootNode)];
    }

    /// <summary>The node at a path of keys and of numbers of items, parted by slashes; null where there is none.</summary>
    public static YamlNode? At(this YamlNode node, string path)
    {
        YamlNode? at = node;
        foreach (var part in path.Split('/'))
        {
            at = at switch
            {
                YamlMappingNode map => Children(map).FirstOrDefault(child => child.Key == part).Value,
                YamlSequenceNode list when int.TryParse(part, out var i) && i < list.Children.Count => list[i],
                _ => null,
            };
        }

        return at;
    }

    public static string? Text(this YamlNode node, string path) => (node.At(path) as YamlScalarNode)?.Value;

    public static IEnumerable<YamlNode> Items(this YamlNode node, string path) => (node.At(path) as YamlSequenceNode)?.Children ?? [];

    public static IEnumerable<(string Key, YamlNode Value)> Entries(this YamlNode node, string path) =>
        node.At(path) is YamlMappingNode map ? Children(map) : [];

    // What a mapping says itself goes before what it merges in.
    private static IEnumerable<(string Key, YamlNode Value)> Children(YamlMappingNode map)
    {
        var own = map.Children.Select(child => (Key: ((YamlScalarNode)child.Key).Value!, child.Value)).ToList();
        var merged = own.Where(child => child.Key == "<<").SelectMany(child => Children((YamlMappingNode)child.Value));
        return own.Where(child => child.Key != "<<").Concat(merged).DistinctBy(child => child.Key);
    }

    /// <summary>The instruments of the project's own meter, by the names that Prometheus gives them.</summary>
    public static IReadOnlySet<string> Metrics { get; } = Instrument().Matches(Sources)
        .Select(match => PrometheusName(match.Groups["name"].Value, match.Groups["unit"].Value, match.Groups["kind"].Value == "Counter"))
            .ToHashSet(StringComparer.Ordinal);

    private static string PrometheusName(string name, string unit, bool counter) => name.Replace('.', '_')
        + unit switch { "s" => "_seconds", "By" => "_bytes", "usd" => "_usd", _ => "" } + (counter ? "_total" : "");

    /// <summary>The project's own metrics that a text speaks of, without the endings of a histogram's parts.</summary>
    public static IEnumerable<string> MetricsIn(string text) =>
        Metric().Matches(text).Select(match => HistogramPart().Replace(match.Value, "")).Distinct(StringComparer.Ordinal);

    [GeneratedRegex(
        "(?<kind>Counter|Histogram|Gauge|Observe)(<\\w+>)?\\(\\s*\"(?<name>interpret\\.[a-z.]+)\", \"(?<unit>[^\"]*)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex Instrument();

    [GeneratedRegex("\\binterpret_[a-z_]+", RegexOptions.NonBacktracking)]
    private static partial Regex Metric();

    [GeneratedRegex("(?<=_seconds)_(bucket|sum|count)$", RegexOptions.ExplicitCapture)]
    private static partial Regex HistogramPart();
}
