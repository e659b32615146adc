
using System.Security.Cryptography;
using System.Text;

namespace Interpret.Contracts;

/// <summary>Asks a worker to work a unit. The id only: what it is about lies in the database.</summary>
public sealed record WorkUnit(long UnitId);

/// <summary>Work units ended, well or badly; a hint that there is room for others. The rows are the truth.</summary>
public sealed record WorkUnitsEnded;

/// <summary>What orchestrators and workers mean by the messages above.</summary>
public static class Protocol
{
    /// <summary>Goes up when a message's meaning changes; a worker gives back what it may not understand.</summary>
    public const int Version = 2;

    /// <summary>The message header that holds it.</summary>
    public const string Header = "Interpret-Protocol";
}

/// <summary>Names of queues.</summary>
public static class Queues
{
    private const string ExplainPrefix = "explain-";

    /// <summary>Brokers take names of up to 255 bytes.</summary>
    private const int LongestModel = 200;

    /// <summary>
    /// The queue of the workers that host a model. Names of models are free and those of queues are not: what is no ASCII letter, digit or one of
    /// <c>-_.</c> is written as <c>:</c> and the two hexadecimal digits of each byte of its UTF-8; a long name is cut and gets a hash of the whole.
    /// </summary>
    public static string Explain(string model)
    {
        var bytes = Encoding.UTF8.GetBytes(model);
        var written = string.Concat(bytes.Select(one => char.IsAsciiLetterOrDigit((char)one) || (char)one is '-' or '_' or '.' ? $"{(char)one}" : $":{one:x2}"));
        return ExplainPrefix + (written.Length <= LongestModel ? written
            : $"{written[..(LongestModel - 33)]}:{Convert.ToHexStringLower(SHA256.HashData(bytes))[..32]}");
    }

    /// <summary>The queue of the annotators.</summary>
    public const string Annotate = "annotate";

    /// <summary>The queue of a stage's units.</summary>
    public static string Of(string stage, string model) => stage == Stages.Annotation ? Annotate : Explain(model);

    public const string Progress = "orchestrator-progress";
}
