using System.Text.RegularExpressions;

namespace Interpret.Models.Checkpoints;

/// <summary>
/// A regular expression for the name of a module, or for what follows one of its dots: <c>\A(.*\.)?(TEXT)$</c>. What is a mere name, as nearly all are, is
/// compared as it stands: an expression takes half a megabyte.
/// </summary>
internal sealed partial class ModulePattern
{
    private readonly string text;
    private readonly bool isWhole;
    private readonly Regex? expression;

    /// <exception cref="ArgumentException">It is no regular expression.</exception>
    /// <exception cref="NotSupportedException">It looks around or back.</exception>
    public ModulePattern(string text)
    {
        isWhole = text.StartsWith('^'); // nothing can come before
        this.text = isWhole ? text[1..] : text;
        // Without backtracking: time is linear in the name, whatever the pattern.
        if (!Name().IsMatch(text))
            expression = new Regex($@"\A(.*\.)?({text})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    }

    /// <summary>Whether it is more than a name.</summary>
    public bool IsExpression => expression is not null;

    public bool Matches(string module)
    {
        if (expression is not null)
            return expression.IsMatch(module);
        var before = module.Length - text.Length;
        if (before < 0 || (before > 0 && (isWhole || module[before - 1] != '.')))
            return false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '.' && text[i] != module[before + i]) // a dot stands for any character
                return false;
        }

        return true;
    }

    [GeneratedRegex(@"\A\^?[A-Za-z0-9_.]*\z")]
    private static partial Regex Name();
}
