namespace Interpret.Models.Templates.Jinja;

/// <summary>The tokens of a template, read from first to last.</summary>
internal sealed class TokenStream(IReadOnlyList<TemplateToken> tokens, TemplateRun run)
{
    private int at;

    public TemplateRun Run => run;

    public TemplateToken Current => tokens[at];

    public TemplateToken Following => tokens[Math.Min(at + 1, tokens.Count - 1)];

    public TemplateToken Next()
    {
        var token = tokens[at];
        if (at < tokens.Count - 1)
            at++;
        run.Line = Current.Line;
        run.Step();
        return token;
    }

    public bool Skip(string sign)
    {
        if (!Current.IsOperator(sign))
            return false;
        Next();
        return true;
    }

    public bool SkipName(string name)
    {
        if (!Current.IsName(name))
            return false;
        Next();
        return true;
    }

    public void Expect(string sign)
    {
        if (!Skip(sign))
            throw Unexpected($"\"{sign}\"");
    }

    public TemplateToken Expect(TokenKind kind, string what) => Current.Kind == kind ? Next() : throw Unexpected(what);

    public Contracts.BadInputException Unexpected(string expected) => run.Bad(expected, Current.Described);
}
