using System.Globalization;
using System.Text.RegularExpressions;

namespace Interpret.Contracts;

/// <summary>The subject of a feed-forward unit: a layer, from 0.</summary>
public sealed partial record LayerSubject(int Layer)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"layer {Layer}");

    /// <exception cref="FormatException">It is no such subject.</exception>
    public static LayerSubject Parse(string subject) =>
        Form().Match(subject) is { Success: true } match ? new(int.Parse(match.Groups["layer"].ValueSpan, CultureInfo.InvariantCulture))
            : throw new FormatException($"expected \"layer N\", found \"{subject}\"");

    [GeneratedRegex(@"^layer (?<layer>\d{1,6})$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Form();
}

/// <summary>The subject of an attention unit: heads <paramref name="First"/> to <paramref name="Last"/> of a layer, all from 0.</summary>
public sealed partial record HeadsSubject(int Layer, int First, int Last)
{
    public int Count => Last - First + 1;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"layer {Layer} heads {First}-{Last}");

    /// <exception cref="FormatException">It is no such subject.</exception>
    public static HeadsSubject Parse(string subject)
    {
        var match = Form().Match(subject);
        return match.Success ? new(Number("layer"), Number("first"), Number("last"))
            : throw new FormatException($"expected \"layer N heads N-N\", found \"{subject}\"");
        int Number(string group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^layer (?<layer>\d{1,6}) heads (?<first>\d{1,6})-(?<last>\d{1,6})$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Form();
}

/// <summary>The subject of a unit that looks at the response of another model to a prompt.</summary>
/// <param name="Model">Whose response.</param>
/// <param name="Prompt">The prompt's id; as in the name of a model there is no slash in it.</param>
public sealed record ResponseSubject(string Model, string Prompt)
{
    public override string ToString() => $"{Model}/{Prompt}";

    /// <exception cref="FormatException">It is no such subject.</exception>
    public static ResponseSubject Parse(string subject) => subject.Split('/') is [{ Length: > 0 } model, { Length: > 0 } prompt] ? new(model, prompt)
        : throw new FormatException($"expected \"MODEL/PROMPT\", found \"{subject}\"");
}

/// <summary>
/// The subject of an annotation unit: in one pass, the concepts of ranks <paramref name="First"/> to <paramref name="Last"/> of a layer.
/// Layers count from 0, passes and ranks from 1.
/// </summary>
/// <param name="Rehearsal">Whether a rehearsal endpoint is to answer.</param>
/// <param name="Control">Whether they are the control's directions instead of the layer's own.</param>
public sealed partial record AnnotationSubject(bool Rehearsal, int Pass, int Layer, int First, int Last, bool Control = false)
{
    private const string ControlPrefix = "control ";
    private const int PassBits = 40, ControlBit = 39, LayerBits = 20;

    /// <summary>The unit's place among a study's: pass by pass, so that whole passes are there early, each with its control last.</summary>
    public long Sequence => ((long)Pass << PassBits) + (Control ? 1L << ControlBit : 0) + ((long)Layer << LayerBits) + First;

    /// <summary>The place before which no unit of a pass stands: the unit of batches does.</summary>
    public const long FirstOfPasses = 1L << PassBits;

    /// <summary>The place behind the last one of a unit's pass.</summary>
    /// <param name="sequence">The unit's place.</param>
    public static long EndOfPass(long sequence) => ((sequence >> PassBits) + 1) << PassBits;

    /// <summary>What the subject of a rehearsal's unit begins with.</summary>
    public const string RehearsalPrefix = "rehearsal ";

    /// <summary>The subject of the unit that gets a plan's questions answered by the service's batch interface.</summary>
    public static string OfBatches(bool rehearsal) => (rehearsal ? RehearsalPrefix : "") + "batches";

    /// <summary>Whether a rehearsal endpoint is to answer, of any subject of annotation.</summary>
    public static bool IsRehearsal(string subject) => subject.StartsWith(RehearsalPrefix, StringComparison.Ordinal);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(Rehearsal ? RehearsalPrefix : "")}{(Control ? ControlPrefix : "")}pass {Pass} layer {Layer} ranks {First}-{Last}");

    /// <exception cref="FormatException">It is no such subject.</exception>
    public static AnnotationSubject Parse(string subject)
    {
        var match = Form().Match(subject);
        return match.Success
            ? new(match.Groups["rehearsal"].Success, Number("pass"), Number("layer"), Number("first"), Number("last"), match.Groups["control"].Success)
            : throw new FormatException($"expected \"pass N layer N ranks N-N\", found \"{subject}\"");
        int Number(string group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(
        @"^(?<rehearsal>rehearsal )?(?<control>control )?pass (?<pass>\d{1,6}) layer (?<layer>\d{1,6}) ranks (?<first>\d{1,6})-(?<last>\d{1,6})$",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Form();
}
