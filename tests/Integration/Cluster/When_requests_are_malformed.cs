using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Interpret.WorkUnits;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Integration.Tests.Cluster;

/// <summary>Whatever is sent to the orchestrator: it is the caller's fault and is told so, and nothing of it stays.</summary>
public sealed class When_requests_are_malformed : IDisposable
{
    private const string Boundary = "interpret-test";
    private readonly Scratch scratch = new();

    private const string Hash = ",\"contentHash\":\"a\"";

    /// <summary>A study that would be taken, with a dataset of this name, and this beside what its model has.</summary>
    private static byte[] Study(string file, string hash)
    {
        string[] parts =
        [
            "\"study\"\r\n\r\n{\"name\":\"s\",\"models\":[{\"name\":\"m\",\"role\":\"base\",\"checkpoint\":\"c\"}],\"dataset\":\"d.tsv\"}",
            $"\"models\"\r\n\r\n{{\"m\":{{\"layers\":1,\"heads\":1{hash}}}}}",
            $"\"dataset\"; filename=\"{file}\"\r\n\r\nID\tPrompt\tResponse\tInstruct&Context\na_1\tSay hi. Input: x\tHi\tSay hi.&&&x\n",
        ];
        return Encoding.UTF8.GetBytes(
            string.Concat(parts.Select(part => $"--{Boundary}\r\nContent-Disposition: form-data; name={part}\r\n")) + $"--{Boundary}--\r\n");
    }

    [Fact]
    public async Task A_name_that_a_file_can_have_is_taken()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        using var client = new HttpClient { BaseAddress = await cluster.ServeAsync() };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", InterpretProcess.Token);
        using var content = new ByteArrayContent(Study(new string('é', 120), Hash)); // 240 bytes
        content.Headers.TryAddWithoutValidation("Content-Type", $"multipart/form-data; boundary={Boundary}");
        using var answer = await client.PostAsync("studies", content);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task They_are_answered_with_a_status_of_the_caller_s_fault()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        cluster.Settings["Orchestrator__Uploads"] = scratch.At("uploads");
        Directory.CreateDirectory(Path.Combine(scratch.At("uploads"), "interpret-upload-killed"));
        await File.WriteAllTextAsync(Path.Combine(scratch.At("uploads"), "interpret-upload-killed", "lock"), "");
        using var client = new HttpClient { BaseAddress = await cluster.ServeAsync() };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", InterpretProcess.Token);
        Directory.GetDirectories(scratch.At("uploads")).ShouldBeEmpty(); // what a killed orchestrator left

        var whole = Encoding.UTF8.GetBytes(
            $"--{Boundary}\r\nContent-Disposition: form-data; name=\"study\"\r\n\r\n{{ \"name\": \"x\" }}\r\n"
            + $"--{Boundary}\r\nContent-Disposition: form-data; name=\"dataset\"; filename=\"data.tsv\"\r\n\r\nid\tinstruction\r\n--{Boundary}--\r\n");
        var requests = new List<(string What, HttpMethod Method, string Path, byte[]? Body, string? Type)>
        {
            ("no form", HttpMethod.Post, "studies", [], $"multipart/form-data; boundary={Boundary}"),
            ("no boundary", HttpMethod.Post, "studies", whole, "multipart/form-data"),
            ("a long boundary", HttpMethod.Post, "studies", whole, $"multipart/form-data; boundary={new string('b', 5000)}"),
            ("another boundary", HttpMethod.Post, "studies", whole, "multipart/form-data; boundary=other"),
            ("an import without files", HttpMethod.Post, "studies/s/import/attention", [], $"multipart/form-data; boundary={Boundary}"),
            ("the character 0 in a study's name", HttpMethod.Get, "studies/a%00b", null, null),
            ("the character 0 in a class", HttpMethod.Post, "studies/s/retry?class=%00", null, null),
            ("a priority that is no number", HttpMethod.Post, "studies/s/priority?priority=high", null, null),
            ("an order that is none", HttpMethod.Get, "studies/s/units?order=random", null, null),
            ("a model without facts", HttpMethod.Put, "models/m", "null"u8.ToArray(), "application/json"),
            ("a model with no layers", HttpMethod.Put, "models/m", "{\"layers\":0,\"heads\":2,\"contentHash\":\"a\"}"u8.ToArray(), "application/json"),
            ("a model without a hash", HttpMethod.Put, "models/m", "{\"layers\":1,\"heads\":2}"u8.ToArray(), "application/json"),
            ("a study's model without a hash", HttpMethod.Post, "studies", Study("data.tsv", ""), $"multipart/form-data; boundary={Boundary}"),
            ("a file called .", HttpMethod.Post, "studies", Study(".", Hash), $"multipart/form-data; boundary={Boundary}"),
            ("a file whose name no file system takes", HttpMethod.Post, "studies", Study(new string('é', 128), Hash), $"multipart/form-data; boundary={Boundary}"),
            ("a worker that is not there", HttpMethod.Post, "workers/nobody/drain", null, null),
        };
        var seeded = new Random(15);
        for (var cut = 0; cut < whole.Length - 2; cut += 7)
            requests.Add(($"a form cut at {cut}", HttpMethod.Post, "studies", whole[..cut], $"multipart/form-data; boundary={Boundary}"));
        for (var i = 0; i < 100; i++)
        {
            var mutated = (byte[])whole.Clone();
            for (var times = seeded.Next(1, 6); times > 0; times--)
                mutated[seeded.Next(mutated.Length)] = (byte)seeded.Next(256);
            requests.Add(($"mutation {i}", HttpMethod.Post, seeded.Next(2) == 0 ? "studies" : "studies/s/import/feed-forward", mutated, $"multipart/form-data; boundary={Boundary}"));
        }

        foreach (var (what, method, path, body, type) in requests)
        {
            using var request = new HttpRequestMessage(method, path);
            if (body is not null)
            {
                request.Content = new ByteArrayContent(body);
                request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            }

            using var answer = await client.SendAsync(request);
            ((int)answer.StatusCode).ShouldBeInRange(400, 499, $"{what}: {await answer.Content.ReadAsStringAsync()}\n{cluster.Said}");
        }

        Directory.GetDirectories(scratch.At("uploads")).ShouldBeEmpty();
        cluster.Said.ShouldNotContain("   at Interpret"); // no stack of what the caller did
        using var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "studies"));
        head.StatusCode.ShouldBe(HttpStatusCode.OK);
        await using var context = cluster.Storage.CreateDbContext();
        (await context.Studies.CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task The_same_study_submitted_by_many_at_once_is_planned_once()
    {
        await using var cluster = await ClusterScene.OpenAsync();
        using var client = new HttpClient { BaseAddress = await cluster.ServeAsync() };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", InterpretProcess.Token);
        (await client.PutAsync("models/many-base", Json("""{ "layers": 2, "heads": 2, "contentHash": "a" }"""))).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.PostAsync("studies", Study())));
        answers.Count(answer => answer.StatusCode == HttpStatusCode.Created).ShouldBe(1);
        answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBe(7, string.Join(", ", answers.Select(answer => answer.StatusCode)));
        (await new StudyQueries(cluster.Storage, TimeProvider.System).ModelsAsync()).Select(model => (model.Name, model.Registered)).ShouldBe([("many-base", true)]);

        static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

        static MultipartFormDataContent Study() => new(Boundary)
        {
            { new StringContent("""{ "name": "many", "models": [ { "name": "many-base", "role": "base", "checkpoint": "/nowhere" } ], "dataset": "data.tsv" }"""), "study" },
            { new StringContent($"{SampleStudy.DatasetHeader}\n{SampleStudy.Rows[0]}\n"), "dataset", "data.tsv" },
        };
    }

    public void Dispose() => scratch.Dispose();
}
