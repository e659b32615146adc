namespace Interpret.Models.Templates.Jinja;

/// <summary>Reads the statements of a template.</summary>
internal sealed class TemplateParser
{
    private readonly TokenStream tokens;
    private readonly ExpressionParser expressions;
    private readonly List<string> loops = []; // of what is open: whether break and continue have a loop

    private TemplateParser(TokenStream tokens) => (this.tokens, expressions) = (tokens, new ExpressionParser(tokens));

    /// <exception cref="Contracts.BadInputException"><c>template</c>: names the line and what is not known or wrong there.</exception>
    public static IReadOnlyList<Statement> Read(string text, TemplateRun run)
    {
        var read = TemplateLexer.Read(text, run);
        run.Line = 1;
        var parser = new TemplateParser(new TokenStream(read, run));
        var body = parser.ReadBody();
        return parser.tokens.Current.Kind == TokenKind.End ? body : throw parser.tokens.Unexpected("the end of the template");
    }

    // Up to one of the statements that end it, whose name is the current token then; at the outermost level, to the end.
    private List<Statement> ReadBody(params string[] ends)
    {
        tokens.Run.Enter();
        var body = new List<Statement>();
        while (true)
        {
            var token = tokens.Current;
            if (token.Kind == TokenKind.Data)
            {
                tokens.Next();
                body.Add(new Data(token.Line, token.Text));
            }
            else if (token.Kind == TokenKind.VariableBegin)
            {
                tokens.Next();
                body.Add(new Print(token.Line, expressions.ReadTuple()));
                tokens.Expect(TokenKind.VariableEnd, "the end of the expression, }}");
            }
            else if (token.Kind == TokenKind.End)
            {
                tokens.Run.Leave();
                return ends.Length == 0 ? body : throw tokens.Unexpected("{% " + ends[^1] + " %}");
            }
            else
            {
                tokens.Next();
                if (ends.Contains(tokens.Current.Text))
                {
                    tokens.Run.Leave();
                    return body;
                }

                body.Add(ReadStatement());
            }
        }
    }

    private void EndBlock(string? name = null)
    {
        if (name is not null && !tokens.SkipName(name))
            throw tokens.Unexpected(name);
        tokens.Expect(TokenKind.BlockEnd, "the end of the statement, %}");
    }

    private Statement ReadStatement()
    {
        var name = tokens.Expect(TokenKind.Name, "the name of a statement");
        switch (name.Text)
        {
            case "if":
                return ReadIf(name.Line);
            case "for":
                return ReadFor(name.Line);
            case "set":
                return ReadSet(name.Line);
            case "macro":
                return ReadMacro(name.Line);
            case "filter":
                var filter = expressions.ReadFilter(null, first: true)!;
                EndBlock();
                var filtered = ReadBody("endfilter");
                EndBlock("endfilter");
                return new FilteredText(name.Line, filter, filtered);
            case "with":
                return ReadWith(name.Line);
            case "generation":
                EndBlock();
                var generated = ReadBody("endgeneration");
                EndBlock("endgeneration");
                return new Scoped(name.Line, [], generated);
            case "break" or "continue":
                if (loops.LastOrDefault() != "for")
                    throw tokens.Run.Bad($"a loop around {name.Text}", "none");
                EndBlock();
                return new LoopControl(name.Line, name.Text == "break");
            case "endif" or "endfor" or "else" or "elif" or "endmacro" or "endset" or "endwith" or "endfilter" or "endgeneration":
                throw tokens.Run.Bad("a statement that begins something", $"{{% {name.Text} %}} without its beginning");
            default:
                tokens.Run.Line = name.Line;
                throw tokens.Run.Unknown("statement", name.Text, "set, if, for, macro, filter, with, generation, break, continue, raw");
        }
    }

    private IfElse ReadIf(int line)
    {
        var branches = new List<(Expression, IReadOnlyList<Statement>)>();
        IReadOnlyList<Statement> otherwise = [];
        do
        {
            var condition = expressions.ReadTuple(conditional: false);
            EndBlock();
            branches.Add((condition, ReadBody("elif", "else", "endif")));
        }
        while (tokens.SkipName("elif"));
        if (tokens.SkipName("else"))
        {
            EndBlock();
            otherwise = ReadBody("endif");
        }

        EndBlock("endif");
        return new IfElse(line, branches, otherwise);
    }

    private ForEach ReadFor(int line)
    {
        var target = expressions.ReadTarget(attributes: false, end: "in");
        if (!tokens.SkipName("in"))
            throw tokens.Unexpected("in");
        var over = expressions.ReadTuple(conditional: false, end: "recursive");
        var condition = tokens.SkipName("if") ? expressions.Read() : null;
        if (tokens.Current.IsName("recursive"))
            throw tokens.Run.Unknown("loop", "recursive");
        EndBlock();
        loops.Add("for");
        var body = ReadBody("else", "endfor");
        loops.RemoveAt(loops.Count - 1);
        IReadOnlyList<Statement> otherwise = [];
        if (tokens.SkipName("else"))
        {
            EndBlock();
            otherwise = ReadBody("endfor");
        }

        EndBlock("endfor");
        return new ForEach(line, target, over, condition, body, otherwise);
    }

    private Statement ReadSet(int line)
    {
        var target = expressions.ReadTarget(attributes: true);
        if (tokens.Skip("="))
        {
            var value = expressions.ReadTuple();
            EndBlock();
            return new Assignment(line, target, value);
        }

        var filter = expressions.ReadFilter(null);
        EndBlock();
        var body = ReadBody("endset");
        EndBlock("endset");
        return new TextAssignment(line, target, filter, body);
    }

    private MacroDefinition ReadMacro(int line)
    {
        var name = tokens.Expect(TokenKind.Name, "the name of the macro").Text;
        tokens.Expect("(");
        var parameters = new List<(string, Expression?)>();
        while (!tokens.Skip(")"))
        {
            if (parameters.Count > 0)
            {
                tokens.Expect(",");
                if (tokens.Skip(")"))
                    break;
            }

            var parameter = tokens.Expect(TokenKind.Name, "the name of a parameter").Text;
            parameters.Add((parameter, tokens.Skip("=") ? expressions.Read() : parameters.Count > 0 && parameters[^1].Item2 is not null
                ? throw tokens.Unexpected("a default, as the parameter before has one") : null));
        }

        EndBlock();
        loops.Add("macro");
        var body = ReadBody("endmacro");
        loops.RemoveAt(loops.Count - 1);
        EndBlock("endmacro");
        return new MacroDefinition(line, name, parameters, body);
    }

    private Scoped ReadWith(int line)
    {
        var values = new List<(Expression, Expression)>();
        while (tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (values.Count > 0)
                tokens.Expect(",");
            var name = tokens.Expect(TokenKind.Name, "a name that is given a value");
            tokens.Expect("=");
            values.Add((new Name(name.Line, name.Text), expressions.Read()));
        }

        EndBlock();
        var body = ReadBody("endwith");
        EndBlock("endwith");
        return new Scoped(line, values, body);
    }
}
