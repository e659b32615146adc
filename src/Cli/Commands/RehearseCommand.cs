using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Interpret.Contracts;
using Interpret.Rehearsal;
using Spectre.Console;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret rehearse</c>: a chat endpoint that costs nothing, to try a run on.</summary>
public static class RehearseCommand
{
    public static Command Create()
    {
        var port = new Option<int>("--port") { Description = "The port that it listens on; 0: any free one.", DefaultValueFactory = _ => 8089 };
        var listen = new Option<IPAddress>("--listen")
        {
            Description = "The address of this machine that it listens on; 0.0.0.0: all of them. Default: loopback, which only this machine reaches.",
            DefaultValueFactory = _ => IPAddress.Loopback,
            CustomParser = Address,
        };
        var requests = NumberOption.Create("--rpm", "Requests a minute that it lets through; default: any number.", 1);
        var tokens = NumberOption.Create("--tpm", "Tokens a minute that it lets through; default: any number.", 1);
        var day = NumberOption.Create("--rpd", "Requests a day that it lets through; default: any number.", 1);
        var batchTokens = NumberOption.Create("--batch-tokens", "Tokens of batches that it lets wait at a time; default: any number.", 1);
        var window = NumberOption.Create("--window", "Seconds over which it counts.", 0.1, 3600, 60);
        var latency = NumberOption.Create("--latency-ms", "Median time to an answer, in milliseconds.", 0, 600_000, 300);
        var spread = NumberOption.Create("--latency-spread", "Standard deviation of that time's logarithm.", 0, 3, 0.4);
        var errors = new Option<KeyValuePair<RehearsalError?, double>[]>("--errors")
        {
            Description =
                $"Share of calls that go wrong: RATE for each kind that passes, or KIND=RATE; may be repeated. Kinds: {string.Join(", ", Kinds.Keys)}.",
            CustomParser = Errors,
            AllowMultipleArgumentsPerToken = true,
            Arity = ArgumentArity.ZeroOrMore,
        };
        var seed = new Option<int>("--seed") { Description = "What latencies and errors are drawn with.", DefaultValueFactory = _ => 1 };
        var refuse = new Option<bool>("--refuse-keys") { Description = "Answers 401 to everyone." };
        var command =
            new Command("rehearse", "Serves an OpenAI-compatible endpoint with quotas, latency and troubles that answers by simple rules and costs nothing.")
        {
            port, listen, requests, tokens, day, batchTokens, window, latency, spread, errors, seed, refuse,
        };
        command.SetAction((parsed, cancel) => RunAsync(
            new RehearsalOptions
            {
                Listen = parsed.GetValue(listen)!,
                Port = parsed.GetValue(port),
                Limits = new QuotaLimits(parsed.GetValue(requests), parsed.GetValue(tokens), (long?)parsed.GetValue(day), parsed.GetValue(window)!.Value,
                    parsed.GetValue(batchTokens)),
                Latency = TimeSpan.FromMilliseconds(parsed.GetValue(latency)!.Value),
                LatencySpread = parsed.GetValue(spread)!.Value,
                Errors = Rates(parsed.GetValue(errors) ?? []),
                Seed = parsed.GetValue(seed),
            },
            parsed.GetValue(refuse),
            cancel));
        return command;
    }

    private static Dictionary<string, RehearsalError> Kinds { get; } =
        Enum.GetValues<RehearsalError>().ToDictionary(kind => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString()), StringComparer.OrdinalIgnoreCase);

    private static async Task<int> RunAsync(RehearsalOptions options, bool refuse, CancellationToken cancel)
    {
        await using var server = await RehearsalServer.StartAsync(options);
        server.RefusesKeys = refuse;
        Screen.Error.MarkupLine(
            $"Rehearsal endpoint: [bold]{TerminalText.Escaped(server.Address.AbsoluteUri)}[/]; it answers by rules, no chat model is asked. Ctrl+C ends it.");
        await Task.Delay(Timeout.Infinite, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var seen = server.Statistics;
        Screen.Error.MarkupLine($"{seen.Requests:N0} requests, {seen.Answered:N0} answered, {seen.TooMany:N0} over a limit, {seen.Errors:N0} made to fail, {seen.Tokens:N0} tokens.");
        return ExitCodes.Done;
    }

    private static IPAddress? Address(ArgumentResult result)
    {
        if (IPAddress.TryParse(result.Tokens[0].Value, out var address))
            return address;
        result.AddError($"--listen: expected an IP address of this machine, found {result.Tokens[0].Value}");
        return null;
    }

    private static KeyValuePair<RehearsalError?, double>[] Errors(ArgumentResult result)
    {
        var errors = new List<KeyValuePair<RehearsalError?, double>>();
        foreach (var token in result.Tokens)
        {
            var parts = token.Value.Split('=');
            RehearsalError? kind = parts.Length == 2 && Kinds.TryGetValue(parts[0], out var named) ? named : null;
            if (parts.Length > 2 || (parts.Length == 2 && kind is null)
                || !double.TryParse(parts[^1], NumberStyles.Float, CultureInfo.InvariantCulture, out var rate) || rate is < 0 or > 1)
            {
                result.AddError(
                    $"--errors: expected RATE or KIND=RATE with a rate from 0 to 1 and a kind of {string.Join(", ", Kinds.Keys)}, found {token.Value}");
                return [];
            }

            errors.Add(new(kind, rate));
        }

        return [.. errors];
    }

    private static Dictionary<RehearsalError, double> Rates(KeyValuePair<RehearsalError?, double>[] errors)
    {
        var rates = new Dictionary<RehearsalError, double>();
        foreach (var (kind, rate) in errors.OrderBy(error => error.Key is not null))
        {
            foreach (var each in kind is { } one ? [one] : Kinds.Values.Where(each => each != RehearsalError.Filter))
                rates[each] = rate;
        }

        return rates;
    }
}
