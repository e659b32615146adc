using System.Globalization;
using System.Text;

namespace Interpret.Models.Templates.Jinja;

/// <summary>Reads expressions, with the precedence of Jinja 3.1: its <c>**</c> groups to the left and binds looser than a sign.</summary>
internal sealed class ExpressionParser(TokenStream tokens)
{
    private static readonly string[] Comparisons = ["==", "!=", "<=", ">=", "<", ">"];

    /// <summary>From what binds loosest to what binds tightest.</summary>
    private static readonly string[][] Arithmetic = [["+", "-"], ["~"], ["*", "/", "//", "%"], ["**"]];

    private int Line => tokens.Current.Line;

    /// <summary>An expression, with an inline <c>if</c>.</summary>
    public Expression Read()
    {
        tokens.Run.Enter();
        var value = ReadEither();
        while (tokens.Current.IsName("if"))
        {
            var line = tokens.Next().Line;
            var condition = ReadEither();
            value = new Conditional(line, condition, value, tokens.SkipName("else") ? Read() : null);
        }

        tokens.Run.Leave();
        return value;
    }

    /// <summary>One expression, or several parted by commas, which are a tuple.</summary>
    /// <param name="conditional">Whether they may have an inline <c>if</c>.</param>
    /// <param name="end">A name that ends them.</param>
    public Expression ReadTuple(bool conditional = true, string? end = null)
    {
        var line = Line;
        var items = new List<Expression>();
        var isTuple = false;
        while (!EndsTuple(end))
        {
            items.Add(conditional ? Read() : ReadEither());
            if (!tokens.Skip(","))
                break;
            isTuple = true;
        }

        return isTuple || (items.Count == 0 && tokens.Current.IsOperator(")")) ? new ListOf(line, items, IsTuple: true)
            : items.Count == 1 ? items[0]
            : throw tokens.Unexpected("an expression");
    }

    private bool EndsTuple(string? end) =>
        tokens.Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd or TokenKind.End || tokens.Current.IsOperator(")")
        || (end is not null && tokens.Current.IsName(end));

    /// <summary>What a loop or <c>set</c> gives a value: a name, names parted by commas, or an attribute of a namespace.</summary>
    public Expression ReadTarget(bool attributes, string? end = null)
    {
        if (attributes && tokens.Current.Kind == TokenKind.Name && tokens.Following.IsOperator("."))
        {
            var name = tokens.Next();
            tokens.Next();
            return new AttributeOf(name.Line, new Name(name.Line, name.Text), tokens.Expect(TokenKind.Name, "the name of an attribute").Text);
        }

        var target = ReadTargets(end);
        return IsTarget(target) ? target : throw tokens.Run.Bad("a name that is given a value", "another expression");
    }

    private Expression ReadTargets(string? end)
    {
        var line = Line;
        var items = new List<Expression>();
        var isTuple = false;
        while (items.Count == 0 || !(EndsTuple(end) || tokens.Current.IsOperator("=")))
        {
            items.Add(ReadPrimary());
            if (!tokens.Skip(","))
                break;
            isTuple = true;
        }

        return isTuple ? new ListOf(line, items, IsTuple: true) : items[0];
    }

    private static bool IsTarget(Expression target) => target switch
    {
        Name { Text: not "loop" } => true,
        ListOf { IsTuple: true } several => several.Items.All(IsTarget),
        _ => false,
    };

    private Expression ReadEither()
    {
        var left = ReadBoth();
        while (tokens.Current.IsName("or"))
            left = new Either(tokens.Next().Line, left, ReadBoth());
        return left;
    }

    private Expression ReadBoth()
    {
        var left = ReadNot();
        while (tokens.Current.IsName("and"))
            left = new Both(tokens.Next().Line, left, ReadNot());
        return left;
    }

    private Expression ReadNot()
    {
        if (!tokens.Current.IsName("not"))
            return ReadComparison();
        tokens.Run.Enter();
        var not = new Unary(tokens.Next().Line, "not", ReadNot());
        tokens.Run.Leave();
        return not;
    }

    private Expression ReadComparison()
    {
        var line = Line;
        var first = ReadSum();
        var others = new List<(string, Expression)>();
        while (true)
        {
            if (tokens.Current.Kind == TokenKind.Operator && Comparisons.Contains(tokens.Current.Text))
            {
                others.Add((tokens.Next().Text, ReadSum()));
            }
            else if (tokens.Current.IsName("in") || (tokens.Current.IsName("not") && tokens.Following.IsName("in")))
            {
                var negated = tokens.SkipName("not");
                tokens.Next();
                others.Add((negated ? "not in" : "in", ReadSum()));
            }
            else
            {
                return others.Count == 0 ? first : new Comparison(line, first, others);
            }
        }
    }

    private Expression ReadSum(int level = 0)
    {
        if (level == Arithmetic.Length)
            return ReadSigned();
        var left = ReadSum(level + 1);
        while (tokens.Current.Kind == TokenKind.Operator && Arithmetic[level].Contains(tokens.Current.Text))
        {
            var sign = tokens.Next();
            left = new Binary(sign.Line, sign.Text, left, ReadSum(level + 1));
        }

        return left;
    }

    private Expression ReadSigned(bool filtered = true)
    {
        Expression value;
        if (tokens.Current.IsOperator("-") || tokens.Current.IsOperator("+"))
        {
            tokens.Run.Enter();
            var sign = tokens.Next();
            value = new Unary(sign.Line, sign.Text, ReadSigned(filtered: false));
            tokens.Run.Leave();
        }
        else
        {
            value = ReadPrimary();
        }

        value = ReadPostfix(value);
        return filtered ? ReadFilters(value) : value;
    }

    private Expression ReadPrimary()
    {
        var token = tokens.Next();
        switch (token.Kind)
        {
            case TokenKind.Name:
                return token.Text switch
                {
                    "true" or "True" => new Literal(token.Line, true),
                    "false" or "False" => new Literal(token.Line, false),
                    "none" or "None" => new Literal(token.Line, null),
                    _ => new Name(token.Line, token.Text),
                };
            case TokenKind.Text:
                var text = new StringBuilder(token.Text);
                while (tokens.Current.Kind == TokenKind.Text)
                    text.Append(tokens.Next().Text);
                return new Literal(token.Line, text.ToString());
            case TokenKind.Whole:
                return new Literal(token.Line, Whole(token));
            case TokenKind.Fraction:
                return new Literal(token.Line, double.Parse(token.Text.Replace("_", "", StringComparison.Ordinal), CultureInfo.InvariantCulture));
            case TokenKind.Operator when token.Text == "(":
                tokens.Run.Enter();
                var inside = ReadTuple();
                tokens.Expect(")");
                tokens.Run.Leave();
                return inside;
            case TokenKind.Operator when token.Text == "[":
                return new ListOf(token.Line, ReadItems("]", Read), IsTuple: false);
            case TokenKind.Operator when token.Text == "{":
                return new MappingOf(token.Line, ReadItems("}", () =>
                {
                    var key = Read();
                    tokens.Expect(":");
                    return (key, Read());
                }));
            default:
                tokens.Run.Line = token.Line;
                throw tokens.Run.Bad("an expression", token.Described);
        }
    }

    private long Whole(TemplateToken token) =>
        long.TryParse(token.Text.Replace("_", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture, out var whole) ? whole
            : throw tokens.Run.Bad("a whole number of 64 bits", Contracts.Quoted.Of(token.Text));

    private List<T> ReadItems<T>(string end, Func<T> read)
    {
        var items = new List<T>();
        while (!tokens.Skip(end))
        {
            if (items.Count > 0)
            {
                tokens.Expect(",");
                if (tokens.Skip(end))
                    break;
            }

            items.Add(read());
        }

        return items;
    }

    private Expression ReadPostfix(Expression value)
    {
        while (true)
        {
            var line = Line;
            if (tokens.Skip("."))
            {
                var token = tokens.Next();
                value = token.Kind switch
                {
                    TokenKind.Name => new AttributeOf(line, value, token.Text),
                    TokenKind.Whole => new ItemOf(line, value, new Literal(line, Whole(token))),
                    _ => throw tokens.Run.Bad("the name of an attribute", token.Described),
                };
            }
            else if (tokens.Skip("["))
            {
                value = ReadSubscript(line, value);
                tokens.Expect("]");
            }
            else if (tokens.Current.IsOperator("("))
            {
                value = new CallOf(line, value, ReadArguments());
            }
            else
            {
                return value;
            }
        }
    }

    private Expression ReadSubscript(int line, Expression value)
    {
        Expression? Bound() => tokens.Current.IsOperator(":") || tokens.Current.IsOperator("]") ? null : Read();
        var first = Bound();
        if (!tokens.Skip(":"))
            return first is null ? throw tokens.Unexpected("an index") : new ItemOf(line, value, first);
        var second = Bound();
        return new SliceOf(line, value, first, second, tokens.Skip(":") ? Bound() : null);
    }

    private GivenArguments ReadArguments()
    {
        tokens.Expect("(");
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        ReadItems(")", () =>
        {
            if (tokens.Current.IsOperator("*") || tokens.Current.IsOperator("**"))
                throw tokens.Run.Unknown("argument", tokens.Current.Text);
            if (tokens.Current.Kind == TokenKind.Name && tokens.Following.IsOperator("="))
            {
                var name = tokens.Next().Text;
                tokens.Next();
                named.Add((name, Read()));
            }
            else if (named.Count > 0)
            {
                throw tokens.Unexpected("arguments by name behind the others");
            }
            else
            {
                positional.Add(Read());
            }

            return true;
        });
        return new GivenArguments(positional, named);
    }

    private Expression ReadFilters(Expression value)
    {
        while (true)
        {
            if (tokens.Current.IsOperator("|"))
                value = ReadFilter(value)!;
            else if (tokens.Current.IsName("is"))
                value = ReadTest(value);
            else if (tokens.Current.IsOperator("("))
                value = new CallOf(Line, value, ReadArguments());
            else
                return value;
        }
    }

    /// <summary>Filters that stand after their <c>|</c>, the first of which may stand without one where a block's text is filtered.</summary>
    public FilterOf? ReadFilter(Expression? target, bool first = false)
    {
        FilterOf? filter = null;
        while (first || tokens.Skip("|"))
        {
            first = false;
            var name = tokens.Expect(TokenKind.Name, "the name of a filter");
            Filters.Require(name.Text, tokens.Run);
            filter = new FilterOf(name.Line, filter ?? target, name.Text, tokens.Current.IsOperator("(") ? ReadArguments() : GivenArguments.None);
        }

        return filter;
    }

    private Expression ReadTest(Expression value)
    {
        var line = tokens.Next().Line;
        var negated = tokens.SkipName("not");
        var name = tokens.Expect(TokenKind.Name, "the name of a test").Text;
        Tests.Require(name, tokens.Run);
        var arguments = GivenArguments.None;
        if (tokens.Current.IsOperator("("))
        {
            arguments = ReadArguments();
        }
        else if (tokens.Current.Kind is TokenKind.Text or TokenKind.Whole or TokenKind.Fraction || tokens.Current.IsOperator("[") || tokens.Current.IsOperator("{")
            || (tokens.Current.Kind == TokenKind.Name && tokens.Current.Text is not ("else" or "or" or "and")))
        {
            if (tokens.Current.IsName("is"))
                throw tokens.Unexpected("one test: they are not chained");
            arguments = new GivenArguments([ReadPostfix(ReadPrimary())], []);
        }

        Expression test = new TestOf(line, value, name, arguments);
        return negated ? new Unary(line, "not", test) : test;
    }
}
