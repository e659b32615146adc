using System.CommandLine;
using System.Globalization;
using Interpret.Cli.Clients;
using Interpret.Contracts;

namespace Interpret.Cli.Commands;

/// <summary><c>interpret quota STUDY</c>: what lets its annotation ask and what it may cost, shown and changed while it is under way.</summary>
public static class QuotaCommand
{
    public static Command Create()
    {
        var study = new Argument<string>("study") { Description = "The study's name." };
        var requests = NumberOption.Create("--rpm", "Requests a minute of all annotators together, in place of their settings; 0: as these say.", 0, QuotaChange.Most);
        var tokens = NumberOption.Create("--tpm", "Tokens a minute, likewise.", 0, QuotaChange.Most);
        var day = NumberOption.WholeIfGiven("--rpd", "Requests a day (UTC), likewise.", 0);
        var limit = NumberOption.Create("--spend-limit", "US dollars that the study's annotation may cost; 0: no limit.", 0, QuotaChange.Most);
        var format = Formats.TextOrJson();
        var command = new Command(
            "quota", "Shows the quota and the spend limit of a study's annotation, or changes them while it is under way. The quota is that of its chat model, for all studies.")
            { study, requests, tokens, day, limit, format };
        command.SetAction(async (parsed, cancel) =>
        {
            var name = parsed.GetValue(study)!;
            var client = await StudyClient.OpenAsync(parsed, name, cancel);
            var quota = await client.QuotaAsync(
                name, new QuotaChange(parsed.GetValue(requests), parsed.GetValue(tokens), parsed.GetValue(day), parsed.GetValue(limit)), cancel);
            if (parsed.GetValue(format) == "json") await Screen.WriteJsonAsync(quota);
            else await Console.Out.WriteAsync(TerminalText.Plain(Text(quota)));
            return ExitCodes.Done;
        });
        return command;
    }

    private static string Text(AnnotationQuota quota)
    {
        var lines = new List<string>
        {
            $"{quota.ChatModel} at {quota.Endpoint}",
            $"requests a minute: {Limit(quota.RequestsPerMinute, quota.ServiceRequestsPerMinute)}",
            $"tokens a minute: {Limit(quota.TokensPerMinute, quota.ServiceTokensPerMinute)}",
            string.Create(CultureInfo.InvariantCulture, $"requests a day: {Limit(quota.RequestsPerDay, null)}, {quota.RequestsToday} on the latest one"),
            string.Create(
                CultureInfo.InvariantCulture,
                $"spend limit: {(quota.SpendLimitUsd is { } usd ? string.Create(CultureInfo.InvariantCulture, $"{usd:0.####} US dollars") : "none")}, {quota.SpentUsd:0.0000} spent"),
        };
        if (quota.Paused is { } reason) lines.Add($"paused: {reason}");
        return string.Join('\n', lines) + '\n';
    }

    private static string Limit(double? set, double? service) =>
        (set is { } number ? string.Create(CultureInfo.InvariantCulture, $"{number:0.##}") : "as the annotators' settings say")
        + (service is { } told ? string.Create(CultureInfo.InvariantCulture, $"; the service says {told:0.##}") : "");
}
