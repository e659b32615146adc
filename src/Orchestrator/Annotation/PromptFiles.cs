using System.Reflection;
using System.Text;
using Interpret.Contracts;
using Interpret.Exchange.Text;

namespace Interpret.Orchestrator.Annotation;

/// <summary>
/// Reads the questions from a directory's <c>summary.txt</c>, <c>task-label.txt</c> and <c>linguistic-label.txt</c>, or the project's own; the judge's from
/// its <c>detection.txt</c>, where it has one.
/// A file is cut into parts by lines that hold a name in brackets: <c>[system]</c>, then any number of <c>[example_user]</c> with its
/// <c>[example_assistant]</c>, then <c>[user]</c> with a placeholder for what the question is about.
/// </summary>
public static class PromptFiles
{
    private const string SummaryFile = "summary.txt";
    private const string TaskFile = "task-label.txt";
    private const string LinguisticFile = "linguistic-label.txt";
    private const string DetectionFile = "detection.txt";

    /// <param name="directory">Null: the project's own.</param>
    /// <exception cref="BadInputException"><c>prompt-file</c> or <c>input-missing</c>.</exception>
    public static AnnotationPrompts Read(string? directory) => new(
        Read(directory, SummaryFile, ChatPrompt.Words),
        Read(directory, TaskFile, ChatPrompt.Concept),
        Read(directory, LinguisticFile, ChatPrompt.Concept));

    /// <summary>The questions of a study, the judge's with them where it asks for that.</summary>
    /// <param name="settings">The study's.</param>
    /// <param name="texts">Other prompts than the study's; null: its own.</param>
    /// <exception cref="BadInputException">As the others.</exception>
    public static AnnotationPrompts Of(AnnotationSettings settings, PromptTexts? texts = null)
    {
        var prompts = texts is null ? Read(settings.Prompts) : Parse(texts);
        return !settings.Detection ? prompts : prompts with
        {
            Detection = new DetectionPrompt(
                texts is null ? Detection(settings.Prompts) : Detection(null, texts.Detection), settings.Seed ?? AnnotationSettings.DefaultSeed),
        };
    }

    /// <summary>The judge's question. A directory that was made for the other questions alone need not have it: then it is the project's own.</summary>
    /// <param name="directory">Null: the project's own.</param>
    /// <exception cref="BadInputException"><c>prompt-file</c>.</exception>
    private static ChatPrompt Detection(string? directory) =>
        Detection(directory is not null && File.Exists(Path.Combine(directory, DetectionFile)) ? Path.Combine(directory, DetectionFile) : null, null);

    private static ChatPrompt Detection(string? path, string? text)
    {
        var (source, content) = (path ?? DetectionFile, text ?? (path is null ? Own(DetectionFile) : TextInput.ReadAll(path)));
        _ = Parse(content, source, ChatPrompt.Words);
        return Parse(content, source, ChatPrompt.Concept);
    }

    /// <summary>The texts of a directory's prompt files, to be sent elsewhere.</summary>
    /// <exception cref="BadInputException">As <see cref="Read(string?)"/>.</exception>
    public static PromptTexts Texts(string directory)
    {
        _ = (Read(directory), Detection(directory)); // whose errors name files
        return new(TextInput.ReadAll(Path.Combine(directory, SummaryFile)), TextInput.ReadAll(Path.Combine(directory, TaskFile)),
            TextInput.ReadAll(Path.Combine(directory, LinguisticFile)))
        {
            Detection = File.Exists(Path.Combine(directory, DetectionFile)) ? TextInput.ReadAll(Path.Combine(directory, DetectionFile)) : null,
        };
    }

    /// <summary>Reads texts in the format of prompt files.</summary>
    /// <exception cref="BadInputException"><c>prompt-file</c>.</exception>
    public static AnnotationPrompts Parse(PromptTexts texts) => new(
        Parse(texts.Summary ?? Own(SummaryFile), SummaryFile, ChatPrompt.Words),
        Parse(texts.TaskLabel ?? Own(TaskFile), TaskFile, ChatPrompt.Concept),
        Parse(texts.LinguisticLabel ?? Own(LinguisticFile), LinguisticFile, ChatPrompt.Concept));

    private static ChatPrompt Read(string? directory, string file, string placeholder)
    {
        var path = directory is null ? file : Path.Combine(directory, file);
        return Parse(directory is null ? Own(file) : TextInput.ReadAll(path), path, placeholder);
    }

    private static string Own(string file)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"prompts/{file}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static ChatPrompt Parse(string text, string path, string placeholder)
    {
        var parts = Parts(text, path);
        if (parts.Count < 2 || parts[0].Name != "system" || parts[^1].Name != "user")
            throw Bad(path, null, "[system] first, [user] last", Quoted.List(parts.Select(part => $"[{part.Name}]")));
        if (!parts[^1].Text.Contains(placeholder, StringComparison.Ordinal))
            throw Bad(path, "[user]", $"{placeholder} where the question is to say what it is about", "none");
        var examples = new List<ChatExample>();
        for (var i = 1; i < parts.Count - 1; i += 2)
        {
            if (parts[i].Name != "example_user" || parts[i + 1].Name != "example_assistant")
                throw Bad(path, $"line {parts[i].Line}", "[example_user], then its [example_assistant]", $"[{parts[i].Name}], then [{parts[i + 1].Name}]");
            examples.Add(new ChatExample(parts[i].Text, parts[i + 1].Text));
        }

        return new ChatPrompt(parts[0].Text, examples, parts[^1].Text, placeholder);
    }

    private static List<(string Name, string Text, int Line)> Parts(string text, string path)
    {
        var parts = new List<(string Name, StringBuilder Text, int Line)>();
        var number = 0;
        foreach (var line in text.TrimStart('\uFEFF').ReplaceLineEndings("\n").Split('\n'))
        {
            number++;
            if (line is "[system]" or "[user]" or "[example_user]" or "[example_assistant]")
                parts.Add((line[1..^1], new StringBuilder(), number));
            else if (parts.Count > 0)
                parts[^1].Text.Append(line).Append('\n');
            else if (!string.IsNullOrWhiteSpace(line))
                throw Bad(path, $"line {number}", "[system]", Quoted.Of(line));
        }

        if (parts.Find(part => string.IsNullOrWhiteSpace(part.Text.ToString())) is { Name: { } name } empty)
            throw Bad(path, $"line {empty.Line}", $"a text after [{name}]", "none");
        return [.. parts.Select(part => (part.Name, part.Text.ToString().Trim(), part.Line))];
    }

    private static BadInputException Bad(string path, string? where, string expected, string found) =>
        new(ErrorClasses.PromptFile, path, where, expected, found, "docs/annotation.md has the format");
}
