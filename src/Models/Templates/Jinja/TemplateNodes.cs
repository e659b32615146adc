namespace Interpret.Models.Templates.Jinja;

/// <summary>A construct of a template, and the line in which it begins.</summary>
internal abstract record TemplateNode(int Line);

/// <summary>A construct with a value.</summary>
internal abstract record Expression(int Line) : TemplateNode(Line);

internal sealed record Literal(int Line, object? Value) : Expression(Line);

internal sealed record Name(int Line, string Text) : Expression(Line);

internal sealed record ListOf(int Line, IReadOnlyList<Expression> Items, bool IsTuple) : Expression(Line);

internal sealed record MappingOf(int Line, IReadOnlyList<(Expression Key, Expression Value)> Entries) : Expression(Line);

internal sealed record AttributeOf(int Line, Expression Target, string Attribute) : Expression(Line);

internal sealed record ItemOf(int Line, Expression Target, Expression Key) : Expression(Line);

internal sealed record SliceOf(int Line, Expression Target, Expression? From, Expression? To, Expression? By) : Expression(Line);

/// <summary>What is given to a call, a filter or a test.</summary>
internal sealed record GivenArguments(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named)
{
    public static GivenArguments None { get; } = new([], []);
}

internal sealed record CallOf(int Line, Expression Target, GivenArguments Arguments) : Expression(Line);

/// <summary>A filter of an expression, or of the text of a block where there is none.</summary>
internal sealed record FilterOf(int Line, Expression? Target, string Filter, GivenArguments Arguments) : Expression(Line);

internal sealed record TestOf(int Line, Expression Target, string Test, GivenArguments Arguments) : Expression(Line);

internal sealed record Unary(int Line, string Sign, Expression Operand) : Expression(Line);

internal sealed record Binary(int Line, string Sign, Expression Left, Expression Right) : Expression(Line);

internal sealed record Comparison(int Line, Expression First, IReadOnlyList<(string Sign, Expression Right)> Others) : Expression(Line);

internal sealed record Both(int Line, Expression Left, Expression Right) : Expression(Line);

internal sealed record Either(int Line, Expression Left, Expression Right) : Expression(Line);

internal sealed record Conditional(int Line, Expression Condition, Expression Then, Expression? Otherwise) : Expression(Line);

/// <summary>A construct that puts out text or changes variables.</summary>
internal abstract record Statement(int Line) : TemplateNode(Line);

internal sealed record Data(int Line, string Text) : Statement(Line);

internal sealed record Print(int Line, Expression Value) : Statement(Line);

internal sealed record IfElse(int Line, IReadOnlyList<(Expression Condition, IReadOnlyList<Statement> Body)> Branches, IReadOnlyList<Statement> Otherwise)
    : Statement(Line);

internal sealed record ForEach(
    int Line, Expression Target, Expression Over, Expression? Condition, IReadOnlyList<Statement> Body, IReadOnlyList<Statement> Otherwise) : Statement(Line);

/// <summary>Sets a name, names of a tuple, or an attribute of a namespace.</summary>
internal sealed record Assignment(int Line, Expression Target, Expression Value) : Statement(Line);

/// <summary>Sets a name to the text of a block, through filters if any.</summary>
internal sealed record TextAssignment(int Line, Expression Target, FilterOf? Filter, IReadOnlyList<Statement> Body) : Statement(Line);

internal sealed record FilteredText(int Line, FilterOf Filter, IReadOnlyList<Statement> Body) : Statement(Line);

/// <summary>A block with names of its own: <c>with</c>, and <c>generation</c>, which marks what an assistant says and puts out its body.</summary>
internal sealed record Scoped(int Line, IReadOnlyList<(Expression Target, Expression Value)> Values, IReadOnlyList<Statement> Body) : Statement(Line);

internal sealed record MacroDefinition(int Line, string Name, IReadOnlyList<(string Name, Expression? Default)> Parameters, IReadOnlyList<Statement> Body)
    : Statement(Line);

/// <summary><c>break</c> and <c>continue</c>.</summary>
internal sealed record LoopControl(int Line, bool Ends) : Statement(Line);
