using System.Globalization;
using System.Text.RegularExpressions;
using Interpret.Contracts;
using Interpret.Exchange.Originals;
using Interpret.Exchange.Text;

namespace Interpret.Exchange.Import;

/// <summary>One of the original's files of annotations.</summary>
/// <param name="File">The file.</param>
/// <param name="Stage">The question that its rows answer.</param>
/// <param name="Pass">The pass that they are of, from 1.</param>
public sealed partial record AnnotationFile(InputFile File, string Stage, int Pass)
{
    private static readonly string[] Order = [Stages.Summary, Stages.TaskLabel, Stages.LinguisticLabel];

    /// <summary>The files in the order in which they can be imported: labels follow their summaries.</summary>
    /// <param name="pass">The pass of all of them; null: the original counts passes from 0 in their names, <c>linear_task_seed0.tsv</c>.</param>
    /// <exception cref="BadInputException"><c>pass-unknown</c>: a name tells none; <c>duplicate-file</c>: two of one kind and pass;
    /// <c>wrong-header</c>.</exception>
    public static List<AnnotationFile> Of(IEnumerable<InputFile> given, int? pass)
    {
        var files = given.Select(file => new AnnotationFile(file, AnnotationTsv.StageOf(file), pass ?? PassOf(file.Name))).ToList();
        if (files.GroupBy(file => (file.Stage, file.Pass)).FirstOrDefault(same => same.Count() > 1) is { } same)
            throw new BadInputException(
                ErrorClasses.DuplicateFile, same.Last().File.Name, null, $"one file of the {same.Key.Stage} of pass {same.Key.Pass}",
                    $"{same.First().File.Name} as well");
        return [.. files.OrderBy(file => file.Pass).ThenBy(file => Array.IndexOf(Order, file.Stage))];
    }

    private static int PassOf(string name) => Seed().Match(Path.GetFileName(name)) is { Success: true } match
        ? int.Parse(match.Groups["seed"].ValueSpan, CultureInfo.InvariantCulture) + 1
        : throw new BadInputException(ErrorClasses.PassUnknown, name, null, "a name that ends in seedN.tsv, of pass N + 1", "another", "Say the pass: --pass N");

    [GeneratedRegex(@"seed(?<seed>[0-9]{1,4})\.tsv(\.gz)?$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Seed();
}
