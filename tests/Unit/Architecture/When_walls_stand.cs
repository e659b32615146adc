using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Interpret.WorkUnits;
using Interpret.WorkUnits.Planning;

namespace Interpret.Unit.Tests.Architecture;

/// <summary>The rules of the house that the compiler alone does not keep; docs/architecture.md says what they are for.</summary>
public sealed partial class When_walls_stand
{
    private const int LongestFile = 400, LongestLine = 160;

    /// <summary>What each project may reference; what those reference comes with them.</summary>
    private static readonly Dictionary<string, string[]> Walls = new()
    {
        ["Contracts"] = [],
        ["Models"] = ["Contracts"],
        ["Explaining"] = ["Models"],
        ["Training"] = ["Models"],
        ["Storage"] = ["Contracts"],
        ["Exchange"] = ["Explaining", "Storage"],
        ["ServiceDefaults"] = ["Contracts", "Storage"],
        ["WorkUnits"] = ["ServiceDefaults"],
        ["Rehearsal"] = ["Contracts"],
        ["Orchestrator"] = ["Exchange", "WorkUnits"],
        ["GpuWorker"] = ["Exchange", "WorkUnits"],
        ["AnnotatorWorker"] = ["WorkUnits"],
        ["Reports"] = ["Explaining", "ServiceDefaults"],
        ["Pages"] = ["Reports", "WorkUnits"],
        ["Cli"] = ["Orchestrator", "AnnotatorWorker", "GpuWorker", "Pages", "Rehearsal", "Training"],
    };

    private static readonly string[] Services = ["Orchestrator", "GpuWorker", "AnnotatorWorker", "Pages"];

    [Fact]
    public void A_project_references_what_it_may_and_nothing_else() =>
        Projects().ToDictionary(project => project.Name, project => References(project.File))
            .ShouldBe(Walls.Select(wall => KeyValuePair.Create(wall.Key, wall.Value.Order().ToArray())), ignoreOrder: true, comparer: SameReferences.Instance);

    [Fact]
    public void Contracts_depend_on_nothing() =>
        XDocument.Load(Project("Contracts")).Descendants().Where(element => element.Name.LocalName is "PackageReference" or "FrameworkReference")
            .ShouldBeEmpty();

    [Theory]
    [InlineData("Explaining")]
    [InlineData("Models")]
    [InlineData("Training")]
    public void Mathematics_know_no_bus_database_host_or_clock(string project) =>
        Sources($"src/{project}").Where(file => Impure().IsMatch(File.ReadAllText(file))).Select(Short).ShouldBeEmpty();

    [Fact]
    public void Statistics_are_pure() =>
        Sources("src/Reports/Statistics")
            .Where(file => File.ReadAllText(file) is var text && (Impure().IsMatch(text) // of the project they know mathematics alone
                || text.Replace("using Interpret.Explaining;", "", StringComparison.Ordinal).Contains("using Interpret.", StringComparison.Ordinal)))
            .Select(Short).ShouldBeEmpty();

    [Fact]
    public void A_host_is_a_program_of_ten_lines() =>
        Services.Where(service => File.ReadLines(Path.Combine(SourceTree.Root, "src", service, "Program.cs")).Count() > 10).ShouldBeEmpty();

    [Fact]
    public void Every_stage_that_is_planned_is_worked_and_listed_once()
    {
        var plans = Concrete<IStagePlan>(typeof(IStagePlan).Assembly);
        StagePlans.All.Select(plan => plan.GetType()).ShouldBe(plans, ignoreOrder: true);
        var stages = Concrete<IStage>(typeof(GpuWorker.GpuWorkerHost).Assembly).Select(type => type.Name.Replace("Stage", "Plan", StringComparison.Ordinal));
        stages.ShouldBe(plans.Select(type => type.Name), ignoreOrder: true);
    }

    [Fact]
    public void A_file_is_no_longer_than_can_be_read() =>
        Sources("src", "tests", "bench", "samples").Where(file => File.ReadLines(file).Count() > LongestFile).Select(Short).ShouldBeEmpty();

    /// <summary>Texts in quotes count as nothing: broken up they are harder to read and to find.</summary>
    [Fact]
    public void A_line_is_no_wider_than_a_page() => Sources("src", "tests", "bench", "samples")
        .SelectMany(file =>
            File.ReadLines(file).Select((line, i) => (line, i)).Where(of => Quoted().Replace(of.line, "").Length > LongestLine)
                .Select(of => $"{Short(file)}:{of.i + 1}"))
        .ShouldBeEmpty();

    [Fact]
    public void A_test_class_says_when() => Sources("tests").Where(file => Test().IsMatch(File.ReadAllText(file)))
        .Where(file => !Path.GetFileName(file).StartsWith("When_", StringComparison.Ordinal)).Select(Short).ShouldBeEmpty();

    [Fact]
    public void Error_classes_stand_in_one_place() =>
        Sources("src").Where(file => ClassAsText().IsMatch(File.ReadAllText(file))).Select(Short).ShouldBeEmpty();

    private static List<Type> Concrete<T>(Assembly assembly) =>
        [.. assembly.GetTypes().Where(type => type is { IsAbstract: false, IsInterface: false } && type.IsAssignableTo(typeof(T)))];

    private static IEnumerable<(string Name, string File)> Projects() => Directory.GetDirectories(Path.Combine(SourceTree.Root, "src"))
        .Select(folder => Path.GetFileName(folder)).Where(name => File.Exists(Project(name))).Select(name => (name, Project(name)));

    private static string Project(string name) => Path.Combine(SourceTree.Root, "src", name, $"{name}.csproj");

    private static string[] References(string project) =>
        [.. XDocument.Load(project).Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value))
            .Order()];

    /// <summary>Sources as they were written; migrations are generated.</summary>
    private static IEnumerable<string> Sources(params string[] folders) =>
        from folder in folders
        from file in Directory.GetFiles(Path.Combine(SourceTree.Root, folder), "*.cs", SearchOption.AllDirectories)
        let path = Short(file)
        where !path.Contains("/Migrations/", StringComparison.Ordinal) && !path.Contains("/obj/", StringComparison.Ordinal)
        select file;

    private static string Short(string file) => Path.GetRelativePath(SourceTree.Root, file);

    [GeneratedRegex(@"using (MassTransit|Microsoft\.EntityFrameworkCore|Microsoft\.Extensions|Microsoft\.AspNetCore|Npgsql|Interpret\.(Storage|WorkUnits|ServiceDefaults))|\b(TimeProvider|DateTime|DateTimeOffset|HttpClient)\b")]
    private static partial Regex Impure();

    [GeneratedRegex(@"""[^""]*""")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"Bad(Input|Row|Field)Exception\(\s*""")]
    private static partial Regex ClassAsText();

    [GeneratedRegex(@"\[(Fact|Theory)[\](]")]
    private static partial Regex Test();

    private sealed class SameReferences : IEqualityComparer<KeyValuePair<string, string[]>>
    {
        public static SameReferences Instance { get; } = new();

        public bool Equals(KeyValuePair<string, string[]> x, KeyValuePair<string, string[]> y) => x.Key == y.Key && x.Value.SequenceEqual(y.Value);

        public int GetHashCode(KeyValuePair<string, string[]> obj) => obj.Key.GetHashCode(StringComparison.Ordinal);
    }
}
