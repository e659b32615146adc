using System.Net;
using System.Text;
using Interpret.AnnotatorWorker.Chat;
using Interpret.Orchestrator.Annotation;

namespace Interpret.Bench;

/// <summary>Words for questions, different each time.</summary>
internal static class BenchWords
{
    private static readonly string[] Some =
    [
        "code", "function", "number", "sum", "poem", "story", "email", "letter", "report", "market", "french", "spanish", "write", "explain", "walking",
            "jumped", "quickly", "day", "river", "the",
    ];

    public static List<string> Of(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 20).Select(_ => random.Next(2) == 0 ? Some[random.Next(Some.Length)] : $"w{random.Next(100_000)}")];
    }
}

/// <summary>
/// The shape of the original's annotation: 64 questions at a time over 32 threads, no next one before the last of them is answered, no limiter,
/// and a thread that is refused sleeps ten seconds and asks again.
/// </summary>
internal static class OriginalAnnotator
{
    private const int Together = 64;
    private const int Threads = 32;
    private static readonly TimeSpan Sleep = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(Uri endpoint, CancellationToken cancel)
    {
        using var http = new HttpClient();
        var prompts = PromptFiles.Read(null);
        for (var first = 0; !cancel.IsCancellationRequested; first += Together)
            await Parallel.ForEachAsync(
                Enumerable.Range(first, Together), new ParallelOptions { MaxDegreeOfParallelism = Threads, CancellationToken = cancel }, AskAsync);

        async ValueTask AskAsync(int number, CancellationToken ending)
        {
            var question = ChatQuestion.Summary(endpoint.AbsoluteUri, "gpt-4o-mini", true, prompts.Summary, BenchWords.Of(number).Take(15), 1);
            while (true)
            {
                using var body = new StringContent(question.Body, Encoding.UTF8, "application/json");
                using var response = await http.PostAsync(new Uri(endpoint.AbsoluteUri + "/chat/completions"), body, ending);
                await response.Content.ReadAsStringAsync(ending);
                if (response.StatusCode != HttpStatusCode.TooManyRequests)
                    return;
                await Task.Delay(Sleep, ending);
            }
        }
    }
}
