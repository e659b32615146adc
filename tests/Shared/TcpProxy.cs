using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Interpret.Tests.Shared;

/// <summary>A cable between a service and a server that can be cut, mended and made slow.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ending = new();
    private readonly ConcurrentDictionary<TcpClient, byte> open = new();
    private readonly int target;
    private readonly Task accepting;
    private volatile bool cut;
    private volatile int delay;

    /// <param name="target">The server's port on this machine.</param>
    public TcpProxy(int target)
    {
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Ends every connection and lets none through until it is mended.</summary>
    public void Cut()
    {
        cut = true;
        foreach (var client in open.Keys)
            client.Close();
    }

    public void Mend() => cut = false;

    /// <summary>Every packet, either way, takes so long.</summary>
    public void Slow(TimeSpan by) => delay = (int)by.TotalMilliseconds;

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = CarryAsync(await listener.AcceptTcpClientAsync(ending.Token));
        }
        catch (OperationCanceledException)
        {
            // the scene is over
        }
    }

    private async Task CarryAsync(TcpClient near)
    {
        using var far = new TcpClient();
        using (near)
        {
            open[near] = open[far] = 0;
            try
            {
                if (cut)
                    return;
                await far.ConnectAsync(IPAddress.Loopback, target, ending.Token);
                await Task.WhenAny(PumpAsync(near, far), PumpAsync(far, near));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // the server is away, or the cable was cut
            }
            finally
            {
                open.TryRemove(near, out _);
                open.TryRemove(far, out _);
            }
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to)
    {
        var buffer = new byte[1 << 16];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, ending.Token) is > 0 and var read)
            {
                if (delay > 0)
                    await Task.Delay(delay, ending.Token);
                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), ending.Token);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // one end is gone: so is the connection
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        Cut();
        listener.Dispose();
        await accepting;
        ending.Dispose();
    }
}
