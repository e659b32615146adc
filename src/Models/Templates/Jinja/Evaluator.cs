using Interpret.Contracts;

namespace Interpret.Models.Templates.Jinja;

/// <summary>Evaluates a template: its statements put out text.</summary>
internal sealed class Evaluator(TemplateRun run)
{
    private enum Flow
    {
        Next,
        Continue,
        Break,
    }

    private readonly Operations with = new(run);
    private BoundedText output = new(run);

    public string Render(IReadOnlyList<Statement> body, IEnumerable<(string Name, object? Value)> variables)
    {
        var outermost = new Scope(null);
        foreach (var (name, value) in variables)
            outermost.Set(name, value);
        Run(body, new Scope(outermost));
        return output.ToString();
    }

    private Flow Run(IReadOnlyList<Statement> body, Scope scope)
    {
        foreach (var statement in body)
        {
            run.Line = statement.Line;
            run.Step();
            run.Enter();
            var flow = Run(statement, scope);
            run.Leave();
            if (flow != Flow.Next)
                return flow;
        }

        return Flow.Next;
    }

    private Flow Run(Statement statement, Scope scope)
    {
        switch (statement)
        {
            case Data data:
                output.Append(data.Text);
                return Flow.Next;
            case Print print:
                output.Append(with.Text(Value(print.Value, scope)));
                return Flow.Next;
            case IfElse choice:
                var branch = choice.Branches.FirstOrDefault(branch => Operations.IsTrue(Value(branch.Condition, scope)));
                return Run(branch.Body ?? choice.Otherwise, scope);
            case ForEach loop:
                return Run(loop, scope);
            case Assignment set:
                Assign(set.Target, Value(set.Value, scope), scope);
                return Flow.Next;
            case TextAssignment set:
                var (text, ended) = Captured(set.Body, new Scope(scope));
                Assign(set.Target, Filtered(set.Filter, text, scope), scope);
                return ended;
            case FilteredText block:
                (text, ended) = Captured(block.Body, new Scope(scope));
                output.Append(with.Text(Filtered(block.Filter, text, scope)));
                return ended;
            case Scoped block:
                var inner = new Scope(scope);
                foreach (var (target, value) in block.Values.Select(one => (one.Target, Value(one.Value, scope))).ToList())
                    Assign(target, value, inner);
                return Run(block.Body, inner);
            case MacroDefinition macro:
                scope.Set(macro.Name, new Callable(macro.Name, given => Call(macro, given, scope)));
                return Flow.Next;
            case LoopControl control:
                return control.Ends ? Flow.Break : Flow.Continue;
            default:
                throw run.Unknown("statement", statement.GetType().Name);
        }
    }

    private Flow Run(ForEach loop, Scope scope)
    {
        var over = Value(loop.Over, scope);
        IReadOnlyList<object?> items = [.. with.Items(over, "a loop")];
        if (loop.Condition is not null)
        {
            items = [.. items.Where(item =>
            {
                var tried = new Scope(scope);
                Assign(loop.Target, item, tried);
                return Operations.IsTrue(Value(loop.Condition, tried));
            })];
        }

        if (items.Count == 0)
            return Run(loop.Otherwise, new Scope(scope));
        var state = new LoopState(items);
        for (var i = 0; i < items.Count; i++)
        {
            state.Index = i;
            run.Line = loop.Line;
            run.Step();
            var body = new Scope(scope);
            body.Set("loop", state);
            Assign(loop.Target, items[i], body);
            if (Run(loop.Body, body) == Flow.Break)
                break;
        }

        return Flow.Next;
    }

    private void Assign(Expression target, object? value, Scope scope)
    {
        switch (target)
        {
            case Name name:
                scope.Set(name.Text, value);
                break;
            case AttributeOf attribute:
                if (Value(attribute.Target, scope) is not Namespace of)
                    throw run.Bad("a namespace, of which an attribute is set", Operations.Kind(Value(attribute.Target, scope)));
                of.Attributes[attribute.Attribute] = value;
                break;
            case ListOf several:
                var items = with.Items(value, "several names");
                if (items.Count != several.Items.Count)
                    throw run.Bad($"{several.Items.Count} values, one a name", $"{items.Count}");
                for (var i = 0; i < items.Count; i++)
                    Assign(several.Items[i], items[i], scope);
                break;
        }
    }

    private (string Text, Flow Flow) Captured(IReadOnlyList<Statement> body, Scope scope)
    {
        var outside = output;
        output = new BoundedText(run);
        var flow = Run(body, scope);
        var text = output.ToString();
        output = outside;
        return (text, flow);
    }

    // What a filter of a block's text takes: the filter before it, or the text.
    private object? Filtered(FilterOf? filter, string text, Scope scope) => filter is null ? text
        : Filters.Apply(filter.Filter, with, Filtered(filter.Target as FilterOf, text, scope), Given(filter.Filter, filter.Arguments, scope));

    private string Call(MacroDefinition macro, Arguments given, Scope defined)
    {
        var values = given.Bind(0, [.. macro.Parameters.Select(parameter => parameter.Name)]);
        var scope = new Scope(defined);
        for (var i = 0; i < values.Length; i++)
        {
            var (name, otherwise) = macro.Parameters[i];
            scope.Set(name, values[i] != Arguments.Missing ? values[i] : otherwise is null ? new Undefined($"parameter {name} is not given") : Value(otherwise, scope));
        }

        scope.Set("loop", new Undefined("loop is undefined")); // a macro is in no loop, wherever it is called
        return Captured(macro.Body, scope).Text;
    }

    private Arguments Given(string callee, GivenArguments arguments, Scope scope)
    {
        List<object?> positional = [.. arguments.Positional.Select(value => Value(value, scope))];
        var named = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in arguments.Named)
        {
            if (!named.TryAdd(name, Value(value, scope)))
                throw run.Bad($"argument {name} of {callee} once", "twice");
        }

        return new Arguments(run, callee, positional, named);
    }

    private object? Value(Expression expression, Scope scope)
    {
        run.Line = expression.Line;
        run.Step();
        run.Enter();
        var value = Evaluate(expression, scope);
        run.Leave();
        run.Line = expression.Line;
        return value;
    }

    private object? Evaluate(Expression expression, Scope scope)
    {
        switch (expression)
        {
            case Literal literal:
                return literal.Value;
            case Name name:
                return scope.Find(name.Text);
            case ListOf { IsTuple: var isTuple } list:
                return new Sequence(isTuple ? SequenceKind.Tuple : SequenceKind.List, [.. list.Items.Select(item => Value(item, scope))]);
            case MappingOf mapping:
                return Made(mapping, scope);
            case AttributeOf attribute:
                return Lookup.Attribute(with, Value(attribute.Target, scope), attribute.Attribute);
            case ItemOf item:
                return Lookup.Item(with, Value(item.Target, scope), Value(item.Key, scope));
            case SliceOf slice:
                return Lookup.Slice(with, Value(slice.Target, scope), Bound(slice.From, scope), Bound(slice.To, scope), Bound(slice.By, scope));
            case CallOf call:
                return Value(call.Target, scope) switch
                {
                    Callable callable => callable.Invoke(Given(callable.Name, call.Arguments, scope)),
                    Undefined undefined => throw run.Bad("a function", undefined.What),
                    var other => throw run.Bad("a function", Operations.Kind(other)),
                };
            case FilterOf filter:
                return Filters.Apply(filter.Filter, with, Value(filter.Target!, scope), Given(filter.Filter, filter.Arguments, scope));
            case TestOf test:
                return Tests.Holds(test.Test, with, Value(test.Target, scope), [.. test.Arguments.Positional.Select(value => Value(value, scope))]);
            case Unary { Sign: "not" } not:
                return !Operations.IsTrue(Value(not.Operand, scope));
            case Unary sign:
                return with.Sign(sign.Sign, Value(sign.Operand, scope));
            case Binary binary:
                return with.Combine(binary.Sign, Value(binary.Left, scope), Value(binary.Right, scope));
            case Both both:
                return Value(both.Left, scope) is var left && Operations.IsTrue(left) ? Value(both.Right, scope) : left;
            case Either either:
                return Value(either.Left, scope) is var first && Operations.IsTrue(first) ? first : Value(either.Right, scope);
            case Conditional choice:
                return Operations.IsTrue(Value(choice.Condition, scope)) ? Value(choice.Then, scope)
                    : choice.Otherwise is null ? new Undefined("an inline if without else is false")
                    : Value(choice.Otherwise, scope);
            case Comparison comparison:
                return Holds(comparison, scope);
            default:
                throw run.Unknown("expression", expression.GetType().Name);
        }
    }

    private object? Bound(Expression? bound, Scope scope) => bound is null ? null : Value(bound, scope);

    private Mapping Made(MappingOf mapping, Scope scope)
    {
        var made = new Mapping();
        foreach (var (key, value) in mapping.Entries)
        {
            var named = Value(key, scope);
            if (!Mapping.IsKey(named))
                throw run.Bad("a text, number or none as a key", Operations.Kind(named));
            made.Set(named, Value(value, scope));
        }

        return made;
    }

    private bool Holds(Comparison comparison, Scope scope)
    {
        var left = Value(comparison.First, scope);
        foreach (var (sign, expression) in comparison.Others)
        {
            var right = Value(expression, scope);
            var holds = sign switch
            {
                "==" => with.AreEqual(left, right),
                "!=" => !with.AreEqual(left, right),
                "in" => with.Contains(right, left),
                "not in" => !with.Contains(right, left),
                "<" => with.Compare(left, right) < 0,
                "<=" => with.Compare(left, right) <= 0,
                ">" => with.Compare(left, right) > 0,
                _ => with.Compare(left, right) >= 0,
            };
            if (!holds)
                return false;
            left = right;
        }

        return true;
    }

    /// <summary>The names of a block, in those of the block around it.</summary>
    private sealed class Scope(Scope? around)
    {
        private readonly Dictionary<string, object?> values = new(StringComparer.Ordinal);

        public void Set(string name, object? value) => values[name] = value;

        public object? Find(string name)
        {
            for (var scope = this; scope is not null; scope = scope.Around)
            {
                if (scope.values.TryGetValue(name, out var value))
                    return value;
            }

            return new Undefined($"{Quoted.Of(name)} is undefined");
        }

        private Scope? Around => around;
    }
}
