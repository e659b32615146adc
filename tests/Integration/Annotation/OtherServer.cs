using System.Diagnostics;
using System.Text.Json;
using Interpret.Contracts;
using Interpret.Orchestrator.Annotation;
using Interpret.Storage;

namespace Interpret.Integration.Tests.Annotation;

/// <summary>
/// An OpenAI-compatible server that is not the project's own: the npm package aimock, which answers with texts that it is given. The launcher
/// installs it for tests; <c>other-server/package-lock.json</c> pins it.
/// </summary>
internal sealed class OtherServer : IDisposable
{
    private readonly Process process;

    private OtherServer(Process process, Uri address) => (this.process, Address) = (process, address);

    /// <summary>Base address, with <c>/v1</c>.</summary>
    public Uri Address { get; }

    /// <summary>Starts it, to answer what is asked of a study's concepts as some annotations have it.</summary>
    public static async Task<OtherServer> StartAsync(Scratch scratch, IReadOnlyList<ConceptRow> concepts, IReadOnlyList<AnnotationRow> annotations)
    {
        var program = Path.Combine(SampleStudy.Root, ".interpret-build", "other-server", "node_modules", "@copilotkit", "aimock", "dist", "cli.js");
        Assert.SkipUnless(File.Exists(program), "needs node, npm and the package @copilotkit/aimock, which `./interpret test` installs where it can");
        var port = FreePorts.Find(1)[0];
        var texts = scratch.Write("answers.json", JsonSerializer.SerializeToUtf8Bytes(new { fixtures = Answers(concepts, annotations) }));
        var start = new ProcessStartInfo("node", [program, "--port", $"{port}", "--fixtures", texts, "--strict", "--log-level", "warn"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var server = new OtherServer(Process.Start(start)!, new Uri($"http://127.0.0.1:{port}/v1"));
        var said = Task.WhenAll(server.process.StandardOutput.ReadToEndAsync(), server.process.StandardError.ReadToEndAsync());
        using var client = new HttpClient();
        for (var since = Stopwatch.StartNew(); ; await Task.Delay(100))
        {
            try
            {
                using var answer = await client.GetAsync(server.Address + "/models");
                return server;
            }
            catch (HttpRequestException e)
            {
                if (server.process.HasExited)
                    throw new InvalidOperationException(string.Concat(await said), e);
                if (since.Elapsed > Waits.Limit)
                    throw;
            }
        }
    }

    /// <summary>It takes the first answer whose texts stand in a question; the longest come first, so that none is taken for a part of another.</summary>
    private static IEnumerable<object> Answers(IReadOnlyList<ConceptRow> concepts, IReadOnlyList<AnnotationRow> annotations)
    {
        var prompts = PromptFiles.Read(null);
        var said = annotations.ToDictionary(row => (row.Model, row.Layer, row.Rank));
        return concepts.Select(
            concept => new Answer(prompts.Summary, string.Join(", ", concept.Words.Take(15)), said[(concept.Model, concept.Layer, concept.Rank)].Summary))
            .Concat(annotations.Where(row => row.Interpretable)
                .SelectMany(row =>
                new Answer[] { new(prompts.TaskLabel, row.Summary, row.TaskText!), new(prompts.LinguisticLabel, row.Summary, row.LinguisticText!) }))
            .Distinct()
            .OrderByDescending(one => one.About.Length)
            .Select(one =>
                new { match = new { systemMessage = one.Prompt.System, userMessage = one.Prompt.Ask(one.About) }, response = new { content = one.Text } });
    }

    private sealed record Answer(ChatPrompt Prompt, string About, string Text);

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.WaitForExit();
        process.Dispose();
    }
}
