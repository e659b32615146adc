using Interpret.Cli;
using Interpret.Reports;

namespace Interpret.Unit.Tests.Tables;

public sealed class When_a_report_folder_is_written
{
    [Fact]
    public void Files_of_one_pair_have_no_suffix() => Suffixes(("a", "b")).ShouldBe([""]);

    [Fact]
    public void No_two_pairs_have_the_same_files()
    {
        Suffixes(("a", "b-c"), ("a-b", "c"), ("a", "B-C"), ("x", "y")).ShouldBe(["-a-b-c", "-a-b-c-2", "-a-B-C-3", "-x-y"]);
        Suffixes(("a", "b"), ("a", "b-2"), ("A", "b")).ShouldBe(["-a-b", "-a-b-2", "-A-b-3"]);
    }

    /// <summary>A file's name has 255 bytes, and a model's name may have 200.</summary>
    [Fact]
    public void Names_that_are_too_long_for_a_file_s_name_become_the_pair_s_number()
    {
        var name = new string('あ', 66);
        Suffixes(("a", "b"), (name, "b"), (name, name)).ShouldBe(["-a-b", $"-{name}-b"[..0] + "-pair-2", "-pair-3"]);
        Suffixes(("a", "b"), (name[..60], "b")).ShouldBe(["-a-b", $"-{name[..60]}-b"]);
    }

    private static IReadOnlyList<string> Suffixes(params (string Base, string Tuned)[] pairs) =>
        ReportFolder.Suffixes([.. pairs.Select(pair => new PairReports(pair.Base, pair.Tuned, []))]);
}
