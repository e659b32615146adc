namespace Interpret.Contracts;

/// <summary>How many letters apart two words are (Levenshtein 1966), to guess which one was meant.</summary>
public static class EditDistance
{
    /// <summary>The candidate nearest to <paramref name="word"/>, case ignored; the first of equals.</summary>
    public static string Nearest(string word, IEnumerable<string> candidates) =>
        candidates.MinBy(candidate => Between(word.ToLowerInvariant(), candidate.ToLowerInvariant()))!;

    /// <summary>Letters to insert, delete or replace to make one word the other.</summary>
    public static int Between(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
