using System.Text;
using Interpret.Contracts;
using Interpret.Explaining;
using Interpret.Models.Tokenizers;
using Interpret.Pages.Components;
using Interpret.Reports.Documents;
using Interpret.Storage;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Interpret.Pages.Prompts;

/// <summary>A prompt in its models as one HTML file that stands alone: the page's own parts, with style, script and scores in it.</summary>
public static class PromptFile
{
    /// <summary>How it is asked for among a study's reports.</summary>
    public const string Report = "prompt";

    public const string MediaType = "text/html; charset=utf-8";

    internal static readonly string Style = EmbeddedAssets.Text("pages.css"), Script = EmbeddedAssets.Text("pages.js");

    /// <summary>Nothing is fetched, and nothing runs or styles but what stands in the file.</summary>
    internal static readonly string Policy = $"default-src 'none'; script-src 'sha256-{Html.Hash(Script)}'; style-src 'sha256-{Html.Hash(Style)}'; base-uri 'none'; form-action 'none'";

    /// <summary>A prompt of a study.</summary>
    /// <exception cref="BadInputException"><c>study-unknown</c>; <c>prompt-unknown</c>.</exception>
    public static async Task<byte[]> RenderAsync(IDbContextFactory<InterpretContext> database, string study, string id, CancellationToken cancel = default) =>
        await RenderAsync($"{id} · {study}", await new PromptQueries(database).ReadAsync(study, id, null, cancel));

    /// <summary>A case that was explained at once.</summary>
    /// <param name="model">What the model is called.</param>
    /// <param name="prompt">The prompt's text.</param>
    public static Task<byte[]> RenderAsync(InputExplanation explanation, string model, string prompt)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        var spelling = PieceTexts.SpellingOf(explanation.Input, prompt);
        var panel = new PromptExplanation(
            model, "", PieceTexts.Of(explanation.Input, spelling), PieceTexts.Of(explanation.Output, spelling),
            [.. explanation.Input.Select((_, i) => explanation.IsTemplate?[i] == true ? Segment.Template
                : explanation.InstructionMask[i] ? Segment.Instruction : Segment.Context)],
            explanation.Density, explanation.Confidences, explanation.InstructionMask.Contains(true) ? explanation.Score : null, null, explanation.Generated,
            System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(explanation.Scores).ToArray(), []);
        var row = new PromptRow { StudyId = "", Id = "", Text = prompt, Reference = "", Spans = [] };
        return RenderAsync("Input attribution", new(row, null, null, [panel], [], ""));
    }

    internal static async Task<byte[]> RenderAsync(string title, PromptView view)
    {
        await using var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        var parameters = ParameterView.FromDictionary(new Dictionary<string, object?> { ["Title"] = title, ["View"] = view });
        var page = await renderer.Dispatcher.InvokeAsync(
            async () => (await renderer.RenderComponentAsync<PromptDocument>(parameters)).ToHtmlString());
        return Encoding.UTF8.GetBytes($"{page.TrimEnd()}\n");
    }
}
