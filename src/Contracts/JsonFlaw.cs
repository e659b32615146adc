using System.Text.Json;
using System.Text.RegularExpressions;

namespace Interpret.Contracts;

/// <summary>What System.Text.Json says of a text that it cannot read, for someone who wrote the text and not the program.</summary>
public static partial class JsonFlaw
{
    private const int Longest = 200;

    /// <summary>Its sentences that speak of the program, and what they mean. Any other is passed on as it is.</summary>
    private static readonly (Regex Said, string Means)[] Meanings =
    [
        (UnknownKey(), "an unknown key \"$1\""),
        (MissingKeys(), "no key $1"),
        (OtherKind(), "a value of another kind"),
        (Null(), "null"),
        (TrailingComma(), "a comma after the last item"),
        (Empty(), "nothing"),
        (Open(), "its end inside an object or a list"),
        (HalfACharacter(), "half a character"),
        (NoUtf8(), "bytes that are no UTF-8"),
    ];

    /// <param name="e">What the reader threw: a <see cref="JsonException"/>, or an <see cref="InvalidOperationException"/> about text.</param>
    /// <returns>What was found: without the place, which the reader counts from 0.</returns>
    public static string Found(Exception e)
    {
        foreach (var (said, means) in Meanings)
        {
            if (said.Match(e.Message) is { Success: true } match)
                return Quoted.Beginning(match.Result(means), Longest);
        }

        var end = Place().Match(e.Message);
        return Quoted.Beginning(end.Success ? e.Message[..end.Index].TrimEnd('.') : e.Message, Longest);
    }

    /// <returns>The line, from 1, and the path of the value; null where neither is known.</returns>
    public static string? Where(JsonException e)
    {
        var path = e.Path is { Length: > 2 } known ? Quoted.Beginning(known.TrimStart('$').TrimStart('.')) : null;
        var line = e.LineNumber is { } number ? $"line {number + 1}" : null;
        return line is not null && path is not null ? $"{line}, {path}" : line ?? path;
    }

    [GeneratedRegex(@" (Path: |LineNumber: )")]
    private static partial Regex Place();

    [GeneratedRegex(@"^The JSON property '(.*)' could not be mapped to any \.NET member")]
    private static partial Regex UnknownKey();

    [GeneratedRegex(@" was missing required properties including: (.*)\.$")]
    private static partial Regex MissingKeys();

    [GeneratedRegex(@"^The JSON value could not be converted to ")]
    private static partial Regex OtherKind();

    [GeneratedRegex(@" doesn't allow null values\.")]
    private static partial Regex Null();

    [GeneratedRegex(@" contains a trailing comma at the end ")]
    private static partial Regex TrailingComma();

    [GeneratedRegex(@"^The input does not contain any JSON tokens")]
    private static partial Regex Empty();

    [GeneratedRegex(@"^Expected depth to be zero at the end of the JSON payload|but instead reached end of data")]
    private static partial Regex Open();

    [GeneratedRegex(@"^Cannot read (incomplete|invalid) UTF-16")]
    private static partial Regex HalfACharacter();

    [GeneratedRegex(@"^Cannot transcode invalid UTF-8")]
    private static partial Regex NoUtf8();
}
