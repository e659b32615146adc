using System.Text;

namespace Interpret.Models.Templates.Jinja;

/// <summary>A text that grows, within the bounds of a template.</summary>
internal sealed class BoundedText(TemplateRun run)
{
    private readonly StringBuilder written = new();

    public void Append(string text)
    {
        run.RequireLength((long)written.Length + text.Length);
        run.Step(text.Length);
        written.Append(text);
    }

    public override string ToString() => written.ToString();
}
