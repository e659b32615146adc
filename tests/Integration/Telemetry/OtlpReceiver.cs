using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Interpret.Integration.Tests.Telemetry;

/// <param name="Service">The service that it is of.</param>
/// <param name="Trace">Trace id, in hexadecimal.</param>
/// <param name="Id">Span id, in hexadecimal.</param>
/// <param name="Parent">The parent's id; empty where there is none.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Tags">Its attributes that are texts.</param>
internal sealed record ReceivedSpan(string Service, string Trace, string Id, string Parent, string Name, IReadOnlyDictionary<string, string> Tags);

/// <summary>A collector in this process: takes what services send by OTLP over HTTP, and keeps the spans.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication application;
    private readonly ConcurrentQueue<ReceivedSpan> spans = new();
    private readonly ConcurrentDictionary<string, int> requests = new(StringComparer.Ordinal);

    private OtlpReceiver(WebApplication application) => this.application = application;

    public IReadOnlyCollection<ReceivedSpan> Spans => spans;

    /// <summary>How often something was sent, by signal: traces, metrics, logs.</summary>
    public IReadOnlyDictionary<string, int> Requests => requests;

    public Uri Address => new(application.Urls.First());

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new OtlpReceiver(builder.Build());
        receiver.application.MapPost("/v1/{signal}", receiver.TakeAsync);
        await receiver.application.StartAsync();
        return receiver;
    }

    private async Task TakeAsync(string signal, HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        requests.AddOrUpdate(signal, 1, (_, count) => count + 1);
        if (signal != "traces")
            return;
        foreach (var resource in Fields(body.ToArray(), 1)) // ResourceSpans
        {
            var service = Tags(Fields(resource, 1).Single(), 1)["service.name"];
            foreach (var span in Fields(resource, 2).SelectMany(scope => Fields(scope, 2)))
                spans.Enqueue(
                    new ReceivedSpan(service, Hex(span, 1), Hex(span, 2), Hex(span, 4), Encoding.UTF8.GetString(Fields(span, 5).Single()), Tags(span, 9)));
        }
    }

    private static string Hex(byte[] message, int field) => Convert.ToHexString(Fields(message, field).FirstOrDefault() ?? []);

    // KeyValue: key, and a value of which only texts are looked at.
    private static Dictionary<string, string> Tags(byte[] message, int field) => Fields(message, field).ToDictionary(
        tag => Encoding.UTF8.GetString(Fields(tag, 1).Single()),
        tag => Encoding.UTF8.GetString(Fields(tag, 2).SelectMany(value => Fields(value, 1)).FirstOrDefault() ?? []));

    /// <summary>The values of a field of bytes in a protobuf message.</summary>
    private static List<byte[]> Fields(byte[] message, int field)
    {
        var values = new List<byte[]>();
        for (var at = 0; at < message.Length;)
        {
            var key = Varint(message, ref at);
            var length = (key & 7) switch
            {
                0 => 0,
                1 => sizeof(ulong),
                2 => (int)Varint(message, ref at),
                5 => sizeof(uint),
                _ => throw new FormatException($"wire type {key & 7}"),
            };
            if ((key & 7) == 0)
                Varint(message, ref at);
            if ((key & 7) == 2 && (int)(key >> 3) == field)
                values.Add(message[at..(at + length)]);
            at += length;
        }

        return values;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = message[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
    }

    public ValueTask DisposeAsync() => application.DisposeAsync();
}
