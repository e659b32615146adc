using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Interpret.Explaining;
using Interpret.Models.Tokenizers;

namespace Interpret.Cli.Commands;

/// <summary>An explanation as one self-contained page: prompt tokens shaded by density; a response token chosen shows its own column.</summary>
public static class ExplanationPage
{
    public static string Render(InputExplanation explanation, ITokenizer tokenizer)
    {
        var (input, output) = (Texts(explanation.Input, tokenizer), Texts(explanation.Output, tokenizer));
        var page = new StringBuilder();
        page.Append("""
            <!doctype html><html lang="en"><meta charset="utf-8"><title>Input attribution</title>
            <style>
            body { font: 16px/1.7 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
            h2 { font-size: 1rem; margin: 1.5rem 0 .3rem } p.note { color: #555; margin: 0 0 .6rem; font-size: .9rem }
            .template { color: #888; font-style: italic }
            .token { white-space: pre-wrap; padding: .1em 0; border-radius: .2em }
            #output .token { cursor: pointer; border-bottom: 2px solid transparent }
            #output .token:hover, #output .token:focus { border-color: #b35900; outline: none }
            #output .chosen { border-color: #b35900; background: #fff3e0 }
            </style>
            <h1>Input attribution</h1>
            <h2>Prompt</h2><p class="note" id="what">Shaded by importance density over the whole response.</p>
            """);
        if (explanation.IsTemplate is not null)
            page.Append("<p class=\"note\">In grey italics stands what the template wrote: it has scores, and no density.</p>");
        page.Append("<div id=\"input\">");
        for (var i = 0; i < explanation.Input.Count; i++)
            page.Append("<span class=\"token").Append(explanation.IsTemplate?[i] == true ? " template" : "")
                .Append(CultureInfo.InvariantCulture, $"\" style=\"background:rgba(255,140,0,{explanation.Density[i]:0.###})\" title=\"density {explanation.Density[i]:0.####}\">{input[i]}</span>");
        page.Append("</div><h2>Response</h2><p class=\"note\">Choose a token to see what drove it (orange for, blue against); choose it again for the whole.</p><div id=\"output\">");
        for (var j = 0; j < explanation.Output.Count; j++)
            page.Append(CultureInfo.InvariantCulture, $"""<span class="token" tabindex="0" title="probability {explanation.Confidences[j]:0.####}">{output[j]}</span>""");
        page.Append("</div><script>const density=").Append(JsonSerializer.Serialize(explanation.Density))
            .Append(",scores=").Append(JsonSerializer.Serialize(explanation.Scores)).Append("""
            ;
            const input=[...document.querySelectorAll('#input .token')],output=[...document.querySelectorAll('#output .token')];
            const m=output.length,what=document.getElementById('what');
            let chosen=-1;
            function choose(j){
              chosen=chosen===j?-1:j;
              output.forEach((t,k)=>t.classList.toggle('chosen',k===chosen));
              const column=chosen<0?density:input.map((_,i)=>scores[i*m+chosen]),most=chosen<0?1:Math.max(1e-30,...column.map(Math.abs));
              input.forEach((t,i)=>{
                const s=column[i]/most;t.style.background=s>=0?`rgba(255,140,0,${s})`:`rgba(30,110,230,${-s})`;
                t.title=(chosen<0?'density ':'score ')+column[i].toPrecision(4);
              });
              what.textContent=chosen<0?'Shaded by importance density over the whole response.'
                :`Shaded by gradient × input of “${output[chosen].textContent}”, probability ${output[chosen].title.split(' ')[1]}.`;
            }
            output.forEach((t,j)=>{t.onclick=()=>choose(j);t.onkeydown=e=>{if(e.key==='Enter'||e.key===' '){e.preventDefault();choose(j)}}});
            </script></html>
            """);
        return page.ToString();
    }

    /// <summary>
    /// Pieces as people read them. Letters that the vocabulary lacks are spelled in bytes, a piece each: the letter stands at the last of them, a dot at
    /// the others.
    /// </summary>
    public static IReadOnlyList<string> Texts(IReadOnlyList<string> pieces, ITokenizer tokenizer)
    {
        var (texts, begun) = (new string[pieces.Count], new List<byte>());
        for (var i = 0; i < texts.Length; i++)
        {
            if (ByteOf(pieces[i]) is not { } value || value == '\n')
            {
                begun.Clear();
                texts[i] = WebUtility.HtmlEncode(tokenizer.Readable(pieces[i]));
                continue;
            }

            begun.Add(value);
            var status = Rune.DecodeFromUtf8(begun.ToArray(), out var letter, out _);
            texts[i] = status == OperationStatus.NeedMoreData ? "·" : WebUtility.HtmlEncode(letter.ToString());
            if (status != OperationStatus.NeedMoreData) begun.Clear();
        }

        return texts;
    }

    private static byte? ByteOf(string piece) =>
        piece is ['<', '0', 'x', _, _, '>'] && byte.TryParse(piece.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value : null;
}
