namespace Interpret.AnnotatorWorker.Quota;

/// <summary>
/// Guesses what a call will cost in tokens, and learns from each answer: tokens for a character of the question, and the length of the
/// answer. Newer answers count more.
/// </summary>
public sealed class TokenEstimate
{
    /// <summary>Answers after which what was learned before them counts half.</summary>
    private const double Memory = 200;

    private readonly Lock turn = new();

    // A first guess on the safe side, as if from one answer: English has about four characters a token.
    private double answers = 1;
    private double characters = 3000;
    private double input = 1000;
    private double output = 30;

    /// <param name="length">Characters of the question with all its messages.</param>
    /// <returns>Tokens of the question and of its answer.</returns>
    public (double Input, double Output) Of(int length)
    {
        lock (turn)
            return (length * input / characters, output / answers);
    }

    public void Learn(int length, int inputTokens, int outputTokens)
    {
        lock (turn)
        {
            var keep = Math.Pow(0.5, 1 / Memory);
            answers = (answers * keep) + 1;
            characters = (characters * keep) + length;
            input = (input * keep) + inputTokens;
            output = (output * keep) + outputTokens;
        }
    }
}
