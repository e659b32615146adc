using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Interpret.Models.Checkpoints;

namespace Interpret.Integration.Tests.Storage;

/// <summary>
/// What former versions left in a database: the study <c>older</c>, stopped midway, and the study <c>elsewhere</c>, made of imported files.
/// Names, JSON and hashes are written out here as those versions wrote them.
/// </summary>
internal sealed class OlderStudy
{
    private const string Endpoint = "http://127.0.0.1:8089/v1";
    private const string Settings = """
        "attribution":{"maxNewTokens":2,"levels":10,"threshold":7,"norm":4},
        "attention":{"words":100,"stopWords":null,"stripPunctuation":true,"lowerCase":true,"headsPerUnit":8},"feedForward":{"words":50,"ranks":300},
        "annotation":{"endpoint":"https://api.openai.com/v1","model":"gpt-4o-mini","passes":5,"words":15,"spendLimitUsd":null,"prompts":null}
        """;

    private const string Prompts = """
        {"summary":{"system":"You see words.","examples":[{"user":"Words: red, blue","assistant":"colours"}],"user":"Words: {words}","placeholder":"{words}"},
         "taskLabel":{"system":"Which task?","examples":[],"user":"Summary: {summary}","placeholder":"{summary}"},
         "linguisticLabel":{"system":"Which level?","examples":[],"user":"Summary: {summary}","placeholder":"{summary}"}}
        """;

    private static readonly (string Id, string Text, string Reference)[] Cases =
        [("daily_tea", "Make tea.", "Boil water."), ("daily_list", "Write a list.", "Bread, milk."), ("poem_moon", "Write of the moon.", "The moon is round.")];

    private readonly Scratch scratch;

    public OlderStudy(Scratch scratch)
    {
        this.scratch = scratch;
        File = SampleStudy.Write(
            scratch, "older", [.. Cases.Select(one => $"{one.Id}\t{one.Text}\t{one.Reference}\t{one.Text}&&&"), SampleStudy.BadRow], maxNewTokens: 2,
            rated: false);
    }

    /// <summary>The study file of <c>older</c>.</summary>
    public string File { get; }

    /// <summary>Fills every table that is there.</summary>
    public async Task FillAsync(OlderDatabase database)
    {
        await StudiesAsync(database);
        await UnitsAsync(database);
        await ExplanationsAsync(database);
        await AnnotationAsync(database);
    }

    private async Task StudiesAsync(OlderDatabase database)
    {
        // Studies were told apart by their files' contents when chat quotas came, and not before.
        var hash = database.Has("chat_quotas") ? Hash() : Convert.ToHexStringLower(SHA256.HashData("a former rule"u8));
        var settings = database.Has("vocabulary") ? Settings
            : Settings.Replace(",\"stopWords\":null,\"stripPunctuation\":true,\"lowerCase\":true,\"headsPerUnit\":8", "");
        await database.InsertAsync(
            "studies", ("Id", "older"),
            ("Definition", Definition(SampleStudy.BaseCheckpoint, SampleStudy.TunedCheckpoint, scratch.At("older/dataset.tsv"), settings)),
            ("ContentHash", hash), ("Status", "active"), ("CreatedAt", 1763802000123),
            ("Trace", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), ("Priority", 3),
            ("ArchivedAt", null), ("Noticed", "going"));
        await database.InsertAsync(
            "studies", ("Id", "elsewhere"), ("Definition", """{"name":"elsewhere","attribution":{"maxNewTokens":300,"levels":10,"threshold":7,"norm":4}}"""),
            ("ContentHash", ""), ("Status", "active"), ("CreatedAt", 1763801000456), ("Trace", null),
            ("Priority", 0), ("ArchivedAt", null), ("Noticed", null));
        await ModelAsync("older", "base", "base", "tiny", SampleStudy.BaseCheckpoint, null, 0);
        await ModelAsync("older", "tuned", "tuned", "tiny", SampleStudy.TunedCheckpoint, "base", 1);
        await ModelAsync("elsewhere", "llama", "base", "7B", null, null, 0);
        await ModelAsync("elsewhere", "vicuna", "tuned", null, null, "llama", 1);
        for (var i = 0; i < Cases.Length; i++)
        {
            await database.InsertAsync(
                "prompts", ("StudyId", "older"), ("Id", Cases[i].Id), ("Row", i + 2), ("Text", Cases[i].Text), ("Reference", Cases[i].Reference),
                ("Spans", new[] { Cases[i].Text }), ("Messages", i == 1 ? """[{"role":"user","content":"Write a list."}]""" : null),
                ("Context", i == 1 ? "a list" : null), ("Evidence", i == 1 ? new[] { 2, 6 } : null));
        }

        await database.InsertAsync("ratings", ("StudyId", "elsewhere"), ("Model", "vicuna"), ("PromptId", "case_1"), ("Rating", 3.5));
        string[] words = ["the", "Write", "moon", "tea", "list"];
        for (var i = 0; i < words.Length; i++)
        {
            await database.InsertAsync(
                "vocabulary", ("StudyId", "older"), ("Position", i), ("Word", words[i]), ("Frequency", 0.5 / (i + 1)), ("Vector", i == 0 ? null : Vector(i)));
        }

        Task ModelAsync(string study, string name, string role, string? size, string? checkpoint, string? comparedWith, int position) => database.InsertAsync(
            "models", ("StudyId", study), ("Name", name), ("Role", role), ("Size", size), ("Checkpoint", checkpoint),
            ("ContentHash", checkpoint is null ? null : CheckpointHash.Facts(checkpoint).ContentHash), ("Base", comparedWith), ("Training", null), ("Position", position),
            ("Queue", checkpoint is null ? "" : $"explain-{name}"));
    }

    /// <summary>Units in every state; the process that held some is long gone.</summary>
    private async Task UnitsAsync(OlderDatabase database)
    {
        await UnitAsync("attribution", "base", "daily_tea", 0, "done", 1, endedAt: 1763802001000, seconds: 1.25);
        await UnitAsync("attribution", "base", "daily_list", 1, "waiting", 0);
        await UnitAsync("attribution", "base", "poem_moon", 2, "running", 1, lease: 1763802002000);
        await UnitAsync("attribution", "tuned", "daily_tea", 3, "queued", 0, lease: 1763802002000);
        await UnitAsync("attribution", "tuned", "daily_list", 4, "waiting", 1, error: "IOException");
        await UnitAsync("attribution", "tuned", "poem_moon", 5, "parked", 3, error: "IOException", endedAt: 1763802002000, seconds: 0.5);
        await UnitAsync("attribution", "", "row 5", 0, "parked", 0, error: "span-not-in-prompt", endedAt: 1763802000123);
        if (database.Has("vocabulary"))
        {
            await UnitAsync("attention", "base", "layer 0 heads 0-3", 6, "waiting", 0);
            await UnitAsync("feed-forward", "base", "layer 1", 7, "waiting", 0);
        }

        if (database.Has("annotation_plans"))
            await UnitAsync("annotation", "base", "pass 1 layer 0 ranks 1-1", 1L << 40, "cancelled", 0, queue: "annotate");
        await UnitAsync("attribution", "llama", "case_1", 0, "done", 0, study: "elsewhere", queue: "");
        await UnitAsync("attribution", "vicuna", "case_2.pkl", 0, "parked", 0, error: "pickle-truncated", study: "elsewhere", queue: "");

        Task UnitAsync(
            string stage, string model, string subject, long sequence, string status, int attempts, long lease = 0, string? error = null, long? endedAt = null,
            double? seconds = null, string study = "older", string? queue = null) => database.InsertAsync(
            "work_units", ("StudyId", study), ("Stage", stage), ("Model", model), ("Queue", queue ?? (model.Length == 0 ? "" : $"explain-{model}")),
            ("Subject", subject), ("Sequence", sequence), ("Status", status), ("Attempts", attempts), ("NotBefore", attempts == 1 ? 1763802003000 : 0L),
            ("LeaseUntil", lease), ("Worker", attempts > 0 ? "machine:41" : null), ("ErrorClass", error), ("ErrorText", error is null ? null : "what it was"),
            ("EndedAt", endedAt), ("Seconds", seconds), ("QueuedAt", attempts > 0 ? 1763802000500 : 0L), ("TakenAt", attempts > 0 ? 1763802000600 : 0L));
    }

    private static async Task ExplanationsAsync(OlderDatabase database)
    {
        await AttributionAsync("older", "base", "daily_tea", 2.5, "forward");
        foreach (var (prompt, llama, vicuna) in new[] { ("case_1", 1.0, 5.0), ("case_3", 3.0, 7.0) })
        {
            await AttributionAsync("elsewhere", "llama", prompt, llama, "imported");
            await AttributionAsync("elsewhere", "vicuna", prompt, vicuna, "imported");
        }

        await database.InsertAsync(
            "attribution_scores", ("StudyId", "elsewhere"), ("Model", "llama"), ("PromptId", "case_1"), ("Method", "occlusion"), ("Target", "logit"),
            ("Scores", new byte[72]), ("Values", new byte[24]), ("CompletenessError", null));
        await database.InsertAsync(
            "contrast_tokens", ("StudyId", "elsewhere"), ("Model", "llama"), ("PromptId", "case_1"), ("Other", "vicuna"), ("Read", new byte[40]),
            ("Tokens", new byte[24]), ("Pieces", new[] { "▁a", "b", "\"", "d", "e", "f" }));
        await database.InsertAsync(
            "faithfulness", ("StudyId", "elsewhere"), ("Model", "llama"), ("PromptId", "case_1"), ("Ranking", "density"), ("Deletion", new byte[28]),
            ("Insertion", new byte[28]), ("SoftDeletion", 0.25), ("SoftInsertion", 0.5));
        await database.InsertAsync(
            "attention_patterns", ("StudyId", "elsewhere"), ("Model", "llama"), ("Layer", 3), ("Head", 7), ("Rank", 1), ("Dim", 61), ("Score", 12.75),
            ("KeyWords", new[] { "write", "it's, \"so\"" }), ("QueryWords", new[] { "poem", "好" }));
        await database.InsertAsync(
            "head_word_counts", ("StudyId", "elsewhere"), ("Model", "llama"), ("Layer", 3), ("Head", 7), ("Words", new[] { "poem", "write" }),
            ("Counts", new[] { 2, 3 }), ("MergedCounts", new[] { 1, 3 }));
        await database.InsertAsync(
            "concepts", ("StudyId", "older"), ("Model", "base"), ("Layer", 0), ("Rank", 1), ("Score", 0.25), ("Words", new[] { "tea", "list" }));
        await database.InsertAsync(
            "control_concepts", ("StudyId", "older"), ("Model", "base"), ("Layer", 0), ("Rank", 1), ("Score", 0.125), ("Words", new[] { "list", "tea" }));

        Task AttributionAsync(string study, string model, string prompt, double score, string mode) => database.InsertAsync(
            "attributions", ("StudyId", study), ("Model", model), ("PromptId", prompt), ("Input", new[] { "▁Make", "▁tea", "." }),
            ("Output", new[] { "o1", "o2", "o3", "o4", "o5", "o6" }), ("Response", "o1o2o3o4o5o6"), ("Generated", mode == "forward"),
            ("Scores", MemoryMarshal.AsBytes(Enumerable.Range(0, 18).Select(i => i - 8.5f).ToArray().AsSpan()).ToArray()), ("Confidences", Array.Empty<byte>()),
            ("Density", MemoryMarshal.AsBytes(new[] { 0.5f, 1, 1.5f }.AsSpan()).ToArray()), ("InstructionMask", new byte[] { 1, 1, 0 }), ("Rendered", null), ("TemplateMask", null), ("Score", score),
            ("InputTokens", 3), ("OutputTokens", 6), ("Mode", mode));
    }

    private static async Task AnnotationAsync(OlderDatabase database)
    {
        await database.InsertAsync(
            "annotation_plans", ("StudyId", "older"), ("Rehearsal", false), ("Endpoint", Endpoint), ("ChatModel", "gpt-4o-mini"), ("Words", 15), ("Passes", 2),
            ("SpendLimitUsd", 1.5), ("Prompts", Prompts), ("Paused", "the key was refused: set INTERPRET_OPENAI_KEY, then resume"),
            ("Batch", false), ("Trouble", null));
        await database.InsertAsync(
            "annotations", ("StudyId", "older"), ("Model", "base"), ("Rehearsal", false), ("Pass", 2), ("Layer", 0), ("Rank", 1), ("ChatModel", "gpt-4o-mini"),
            ("Summary", "drinks"), ("Interpretable", true), ("TaskText", "Daily writing; knitting"), ("Tasks", new[] { "daily writing" }),
            ("LinguisticText", "Semantic"), ("Linguistic", "semantic"), ("DetectionText", null), ("DetectionHits", null), ("DetectionFalseAlarms", null));
        await database.InsertAsync(
            "control_annotations", ("StudyId", "older"), ("Model", "base"), ("Rehearsal", false), ("Pass", 2), ("Layer", 0), ("Rank", 1),
            ("ChatModel", "gpt-4o-mini"), ("Summary", "drinks"), ("Interpretable", true), ("TaskText", "None"), ("Tasks", Array.Empty<string>()),
            ("LinguisticText", "Semantic"), ("Linguistic", "semantic"), ("DetectionText", "1, 2"), ("DetectionHits", 1), ("DetectionFalseAlarms", 1));
        await database.InsertAsync(
            "chat_calls", ("Id", new string('a', 64)), ("StudyId", "older"), ("Model", "base"), ("Stage", "summary"), ("Pass", 2), ("Endpoint", Endpoint),
            ("ChatModel", "gpt-4o-mini"), ("Rehearsal", false), ("Answer", "drinks"), ("InputTokens", 120), ("CachedTokens", 64), ("OutputTokens", 3),
            ("Usd", 0.0000195), ("Seconds", 0.75), ("AskedAt", 1763802004000), ("Estimated", false));
        await database.InsertAsync(
            "workers", ("Id", "machine:41"), ("Queue", "explain-base"), ("Model", "base"), ("ContentHash", new string('b', 64)), ("Layers", 2), ("Heads", 4),
            ("Devices", "cpu"), ("FreeMemory", 1L << 34), ("Speed", 55.5), ("StartSeconds", 1.5), ("Units", 7), ("UnitSeconds", 8.5), ("Version", "0.1.0"),
            ("StartedAt", 1763802000000), ("SeenAt", 1763802002000), ("Concurrent", 1), ("Prefetch", 4), ("Fault", "its checkpoint was another"));
        await database.InsertAsync(
            "access_tokens", ("Name", "ann"), ("Role", "reader"), ("Hash", SHA256.HashData("interpret_a"u8)), ("CreatedAt", 1763802000000), ("CreatedBy", "server"),
            ("LastUsedAt", 1763802000000), ("RevokedAt", null));
        await database.InsertAsync(
            "audit_entries", ("Id", 1000), ("At", 1763802000000), ("Actor", "server"), ("Action", "submit"), ("Study", "older"), ("Subject", null),
            ("Detail", "priority=3"), ("Outcome", "done"));
        await database.InsertAsync(
            "webhook_notices", ("Id", 1000), ("StudyId", "older"), ("Event", "ended"), ("At", 1763802000000), ("Body", "{}"), ("Attempts", 1), ("LeaseUntil", 0L),
            ("EndedAt", 1763802001000));
        await database.InsertAsync("worker_drains", ("WorkerId", "machine:41"), ("AskedAt", 1763802002500));
        await database.InsertAsync(
            "known_models", ("Name", "base"), ("Layers", 2), ("Heads", 4), ("ContentHash", new string('b', 64)), ("Remarks", null),
            ("Registered", true), ("KnownAt", 1763802000000));
        await database.InsertAsync(
            "unit_failures", ("UnitId", 6), ("Attempt", 3), ("StudyId", "older"), ("Worker", "machine:41"), ("At", 1763802002000), ("Seconds", 0.5),
            ("ErrorClass", "IOException"), ("ErrorText", "what it was"));
        await database.InsertAsync(
            "chat_quotas", ("Endpoint", Endpoint), ("ChatModel", "gpt-4o-mini"), ("Requests", 1.5), ("Tokens", -20.0), ("FilledAt", 1763802004000),
            ("HoldUntil", 0L), ("ToldRequests", 500.0), ("ToldTokens", null), ("Day", 20414), ("DayRequests", 17), ("Version", 23),
            ("ToldBatchTokens", null), ("SetRequests", 700.0), ("SetTokens", null), ("SetRequestsPerDay", 9000L));
        await database.InsertAsync(
            "chat_batches", ("Id", "batch_1"), ("StudyId", "older"), ("Rehearsal", false), ("Endpoint", Endpoint), ("Questions", 3),
            ("SubmittedAt", 1763802003000), ("FetchedAt", 1763802004000), ("Answered", 2), ("Tokens", 450.0), ("Usd", 0.0001));
        await database.InsertAsync("chat_batch_questions", ("Id", new string('c', 64)), ("BatchId", "batch_1"), ("Tries", 1));
        await database.InsertAsync(
            "chat_reservations", ("StudyId", "older"), ("Rehearsal", false), ("Holder", "machine:42"), ("Usd", 0.05), ("Until", 1763802005000));
    }

    private static byte[] Vector(int seed) =>
        MemoryMarshal.AsBytes(Enumerable.Range(0, 16).Select(i => (float)Math.Sin((seed * 16) + i)).ToArray().AsSpan()).ToArray();

    private static string Definition(string? ofBase, string? tuned, string dataset, string settings) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        {"name":"older","models":[{"name":"base","size":"tiny","role":"base","checkpoint":"{{ofBase}}"},
        {"name":"tuned","size":"tiny","role":"tuned","checkpoint":"{{tuned}}"}],
        "dataset":"{{dataset}}","ratings":null,"vocabulary":null,"vectors":null,{{settings}}}
        """).Replace("\n", "");

    // Definition without places, dataset; neither ratings nor vocabulary add anything.
    private string Hash()
    {
        var (ofBase, tuned) = (CheckpointHash.Facts(SampleStudy.BaseCheckpoint).ContentHash, CheckpointHash.Facts(SampleStudy.TunedCheckpoint).ContentHash);
        byte[] hashed = [.. Encoding.UTF8.GetBytes(Definition(ofBase, tuned, "", Settings)),
            .. SHA256.HashData(System.IO.File.ReadAllBytes(scratch.At("older/dataset.tsv")))];
        return Convert.ToHexStringLower(SHA256.HashData(hashed));
    }
}
