using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Interpret.Cli;

namespace Interpret.Tests.Shared;

/// <summary>What a command left behind.</summary>
public sealed record CommandResult(int ExitCode, string Output, string Error)
{
    public CommandResult ShouldExitWith(int code)
    {
        ExitCode.ShouldBe(code, $"standard error:\n{Error}\nstandard output:\n{Output}");
        return this;
    }
}

/// <summary>The built <c>interpret</c> command as a process of its own, with its state in a directory of the test's.</summary>
public sealed class InterpretProcess : IDisposable
{
    /// <summary>The access token that services of tests have.</summary>
    public const string Token = "token";

    private const int SigInt = 2;
    private readonly Process process;
    private readonly Task<string> output;
    private readonly Task<string> error;

    private InterpretProcess(Process process)
    {
        this.process = process;
        (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    }

    /// <param name="state">Its <c>INTERPRET_STATE</c>; also where it runs.</param>
    /// <param name="input">What it reads from standard input.</param>
    public static InterpretProcess Start(string state, string? input, params string[] arguments) => StartWith([], state, input, arguments);

    /// <param name="environment">Variables beside those that the test itself has.</param>
    public static InterpretProcess StartWith((string Name, string Value)[] environment, string state, string? input, params string[] arguments)
    {
        Directory.CreateDirectory(state);
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            WorkingDirectory = state,
            Environment = { ["INTERPRET_STATE"] = state, ["INTERPRET_TOKEN"] = Token },
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        foreach (var argument in (string[])[BuiltCommand.Of(typeof(ExitCodes).Assembly), .. arguments])
            start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        return new InterpretProcess(process);
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<CommandResult> RunAsync(string state, params string[] arguments)
    {
        using var started = Start(state, null, arguments);
        return await started.EndAsync();
    }

    public bool HasExited => process.HasExited;

    /// <summary>Skips the calling test where a process started from here would not hear an interrupt, as in a shell's background.</summary>
    public static void RequireInterrupts()
    {
        var ignored = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)).Split('\t')[1];
        Assert.SkipWhen(
            (Convert.ToUInt64(ignored, 16) & (1UL << (SigInt - 1))) != 0, "interrupts are ignored where these tests were started: run them in the foreground");
    }

    /// <summary>As Ctrl+C does.</summary>
    public void Interrupt() => _ = Kill(process.Id, SigInt);

    /// <summary>At once, with no chance to say goodbye.</summary>
    public void Kill() => process.Kill();

    /// <param name="limit">Waits no longer; default: two minutes.</param>
    public async Task<CommandResult> EndAsync(TimeSpan? limit = null)
    {
        using var last = new CancellationTokenSource(limit ?? Waits.Limit);
        await process.WaitForExitAsync(last.Token);
        return new CommandResult(process.ExitCode, await output, await error);
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
