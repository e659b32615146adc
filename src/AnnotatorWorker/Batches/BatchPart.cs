using System.Text;
using Interpret.AnnotatorWorker.Annotating;
using Interpret.AnnotatorWorker.Quota;

namespace Interpret.AnnotatorWorker.Batches;

/// <summary>Questions that go into one batch.</summary>
/// <param name="Questions">The questions.</param>
/// <param name="Tokens">Tokens of these and of their answers, as estimated.</param>
/// <param name="Usd">US dollars that they would cost one by one; null: the chat model has no price.</param>
internal sealed record BatchPart(List<AskedQuestion> Questions, double Tokens, double? Usd)
{
    /// <summary>What one batch may hold, by the services' rules.</summary>
    private const int MostQuestions = 50_000;
    private const long MostBytes = 90_000_000;

    /// <param name="questions">What is to be asked.</param>
    /// <param name="run">Who pays.</param>
    /// <param name="price">What it costs; null: not known.</param>
    /// <param name="mostTokens">What the service takes at a time; a single question goes out in any case.</param>
    public static IEnumerable<BatchPart> Split(IEnumerable<AskedQuestion> questions, AnnotationRun run, Price? price, double mostTokens)
    {
        var guess = new TokenEstimate();
        var (part, bytes, tokens, usd) = (new List<AskedQuestion>(), 0L, 0.0, 0.0);
        foreach (var question in questions)
        {
            var (input, output) = guess.Of(question.Length);
            if (part.Count > 0 && (part.Count == MostQuestions || bytes + question.Bytes > MostBytes || tokens + input + output > mostTokens))
            {
                yield return new BatchPart(part, tokens, price is null ? null : usd);
                (part, bytes, tokens, usd) = ([], 0, 0, 0);
            }

            part.Add(question);
            (bytes, tokens, usd) = (bytes + question.Bytes, tokens + input + output, usd + (price?.Of(input, 0, output) ?? 0));
        }

        if (part.Count > 0)
            yield return new BatchPart(part, tokens, price is null ? null : usd);
    }

    /// <summary>The batch's file: a question a line.</summary>
    public byte[] Lines() => Encoding.UTF8.GetBytes(string.Join('\n', Questions.Select(question =>
        $$"""{"custom_id":"{{question.Id}}","method":"POST","url":"/v1/chat/completions","body":{{question.Question().Body}}}""")));
}
