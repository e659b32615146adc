using System.Net;
using Interpret.Cli;
using Interpret.Contracts;
using Interpret.Rehearsal;

namespace Interpret.Integration.Tests.Annotation;

/// <summary>Where a rehearsal endpoint can be reached.</summary>
public sealed class When_a_rehearsal_listens : IDisposable
{
    private readonly Scratch scratch = new();

    [Fact]
    public async Task It_is_on_loopback_alone_unless_someone_says_otherwise()
    {
        await using var near = await RehearsalServer.StartAsync(new RehearsalOptions());
        near.Address.IsLoopback.ShouldBeTrue();
        await using var open = await RehearsalServer.StartAsync(new RehearsalOptions { Listen = IPAddress.Any });
        open.Address.Host.ShouldBe("0.0.0.0");
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{open.Address.Port}/v1/models"));
        answer.Headers.Contains(RehearsalMark.Header).ShouldBeTrue();
    }

    [Fact]
    public async Task What_is_no_address_of_a_machine_is_refused() =>
        (await InterpretProcess.RunAsync(scratch.At("state"), "rehearse", "--listen", "everywhere")).ShouldExitWith(ExitCodes.Usage).Error
            .ShouldContain("--listen: expected an IP address of this machine, found everywhere");

    public void Dispose() => scratch.Dispose();
}
