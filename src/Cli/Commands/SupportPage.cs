using System.Globalization;
using System.Net;
using System.Text;
using Interpret.Explaining;

namespace Interpret.Cli.Commands;

/// <summary>Which sentences of a context a response leans on, as one self-contained page.</summary>
public static class SupportPage
{
    public static string Render(InputExplanation explanation, ContextSupport support, SentenceRanking ranking)
    {
        var most = support.Context.Select(sentence => sentence.Lean).DefaultIfEmpty(0).Max();
        var page = new StringBuilder();
        page.Append("""
            <!doctype html><html lang="en"><meta charset="utf-8"><title>What a response leans on</title>
            <style>
            body { font: 16px/1.6 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
            h2 { font-size: 1rem; margin: 1.5rem 0 .3rem } p.note { color: #555; margin: 0 0 .6rem; font-size: .9rem }
            li { margin: .2rem 0; padding: .1rem .3rem; white-space: pre-wrap } .warning { color: #8a2b00; font-weight: 600 }
            </style>
            <h1>What a response leans on</h1>
            """);
        page.Append(CultureInfo.InvariantCulture, $"<h2>Response{(explanation.Generated ? ", written by the model" : "")}</h2><p>{Text(explanation.Response)}</p>");
        page.Append("<h2>Sentences of the context</h2><p class=\"note\">In their order, shaded by ")
            .Append(CultureInfo.InvariantCulture, $"{ranking.Name}; 1 is the mean over the prompt's tokens.</p><ol>");
        foreach (var sentence in support.Context)
        {
            var shade = most > 0 ? Math.Clamp(sentence.Lean / most, 0, 1) : 0;
            page.Append(CultureInfo.InvariantCulture, $"<li style=\"background:rgba(255,140,0,{shade:0.###})\">{Text(sentence.Text)} <small>({sentence.Lean:0.00}, rank {sentence.Rank})</small></li>");
        }

        page.Append("</ol><h2>Sentences of the response, and those that support them</h2><ul>");
        foreach (var sentence in support.Response)
        {
            page.Append("<li>").Append(Text(sentence.Text));
            if (sentence.Support.Count == 0)
                page.Append("<br><span class=\"warning\">It leans on no sentence of the context more than on the prompt on average.</span>");
            foreach (var one in sentence.Support)
                page.Append(CultureInfo.InvariantCulture, $"<br><small>{one.Sentence + 1}. {Text(support.Context[one.Sentence].Text)} ({one.Lean:0.00})</small>");
            page.Append("</li>");
        }

        return page.Append("</ul><p class=\"note\">").Append(Text(VerifyCommand.Measured)).Append("</p></html>\n").ToString();
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
