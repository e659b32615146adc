using Microsoft.Extensions.Hosting;

namespace Interpret.ServiceDefaults;

/// <summary>
/// A fault of this service itself, that others of its kind need not have: it is no fault of what it was asked to do, so it gives that back and ends
/// (exit code 3).
/// </summary>
public sealed class ServiceFault(IHostApplicationLifetime lifetime)
{
    private Exception? cause;

    /// <summary>The fault; null: there is none.</summary>
    public Exception? Cause => Volatile.Read(ref cause);

    /// <summary>Ends the service; what it has in hand is still finished or given back. The first fault stands.</summary>
    public void Raise(Exception fault)
    {
        Interlocked.CompareExchange(ref cause, fault, null);
        lifetime.StopApplication();
    }
}
