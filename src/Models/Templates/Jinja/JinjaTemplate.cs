using System.Text.Json;
using System.Text.Json.Nodes;
using Interpret.Contracts;

namespace Interpret.Models.Templates.Jinja;

/// <summary>
/// A chat template in Jinja's language (https://jinja.palletsprojects.com, 3.1), as Hugging Face's library evaluates it: in a sandbox, with
/// <c>trim_blocks</c> and <c>lstrip_blocks</c>. The constructs that chat templates use are evaluated as Python would; any other is refused with its
/// line. A template reads no file and no clock, and ends within bounds of steps, depth and length. Thread-safe.
/// </summary>
public sealed class JinjaTemplate
{
    private const int DeepestText = 100, DeepestValue = 500;

    private readonly string source;
    private readonly IReadOnlyList<Statement> body;

    private JinjaTemplate(string source, IReadOnlyList<Statement> body) => (this.source, this.body) = (source, body);

    /// <param name="text">The template.</param>
    /// <param name="source">What errors call it.</param>
    /// <exception cref="BadInputException"><c>template</c>: something in it is wrong or not known; names the line.</exception>
    public static JinjaTemplate Read(string text, string source) => new(source, TemplateParser.Read(text, new TemplateRun(source, DeepestText)));

    /// <param name="variables">What the template is given, by name.</param>
    /// <param name="date">What <c>strftime_now</c> says; its time is midnight.</param>
    /// <exception cref="BadInputException"><c>template</c>: it cannot be evaluated with them, or refuses them itself.</exception>
    public string Render(JsonObject variables, DateOnly date)
    {
        ArgumentNullException.ThrowIfNull(variables);
        var run = new TemplateRun(source, DeepestValue);
        try
        {
            var functions = new Functions(date).All.Select(function => (function.Name, (object?)function));
            return new Evaluator(run).Render(body, [.. functions, .. variables.Select(variable => (variable.Key, Value(variable.Value)))]);
        }
        catch (InvalidOperationException e) when (e.InnerException is BadInputException refused)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(refused); // what .NET makes of an error while values are put in order
            throw;
        }
    }

    private static object? Value(JsonNode? node) => node switch
    {
        null => null,
        JsonArray items => Sequence.List(items.Select(Value)),
        JsonObject entries => new Mapping(entries.Select(entry => (entry.Key, Value(entry.Value)))),
        _ => node.GetValueKind() switch
        {
            JsonValueKind.String => node.GetValue<string>(),
            JsonValueKind.Number => JsonSerializer.SerializeToElement(node) is var number && number.TryGetInt64(out var whole)
                && !number.GetRawText().AsSpan().ContainsAny(".eE") ? whole : (object)number.GetDouble(),
            _ => node.GetValue<bool>(),
        },
    };
}
