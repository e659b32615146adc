using System.CommandLine;
using System.Globalization;
using Interpret.Contracts;
using Interpret.Exchange.Text;
using Interpret.Models.Checkpoints;
using Interpret.Models.Templates;

namespace Interpret.Cli.Commands;

/// <summary>The options of commands that wrap prompts in a template.</summary>
internal sealed class TemplateOptions
{
    private readonly Option<string> template = new("--template")
    {
        Description = "How the prompt is wrapped: none, checkpoint (by the checkpoint's own chat template), or a file: Jinja where it ends in .jinja, else a text with {prompt} and {system}.",
        DefaultValueFactory = _ => TemplateSettings.None,
    };

    private readonly Option<string?> system = new("--system") { Description = "The system message that the template puts in." };

    private readonly Option<string?> date = new("--date")
    {
        Description = $"The day that a template with a date says, YYYY-MM-DD; default: {TemplateSettings.DefaultDate:yyyy-MM-dd}, or the template's own.",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(template);
        command.Options.Add(system);
        command.Options.Add(date);
        command.Validators.Add(parsed =>
        {
            if (parsed.GetValue(date) is { } day && Day(day) is null)
                parsed.AddError($"--date: expected a day as YYYY-MM-DD, found '{day}'");
            if (parsed.GetValue(template) is null or TemplateSettings.None && (parsed.GetValue(system) ?? parsed.GetValue(date)) is not null)
                parsed.AddError("--system and --date: expected a --template that puts them in");
        });
    }

    /// <summary>What wraps prompts, as the command line asks for it; null: nothing does.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="place">The checkpoint's folder, or its tokenizer's file.</param>
    /// <exception cref="BadInputException">There is no such template, or it cannot be used.</exception>
    public Func<IReadOnlyList<ChatMessage>, RenderedPrompt>? Read(ParseResult parsed, CheckpointPlace place)
    {
        var settings = parsed.GetValue(template)! switch
        {
            TemplateSettings.None => null,
            TemplateSettings.Checkpoint => new TemplateSettings(TemplateSettings.Checkpoint, null),
            var file => new TemplateSettings(file, TextInput.ReadAll(file, isFree: true)),
        };
        if (settings is null)
            return null;
        var chat = ChatTemplate.Of(settings, place);
        var day = Day(parsed.GetValue(date));
        return messages => chat.Render(parsed.GetValue(system) is { } said ? [new ChatMessage("system", said), .. messages] : messages, day);
    }

    private static DateOnly? Day(string? text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;
}
