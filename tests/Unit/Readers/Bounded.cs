using System.Runtime.ExceptionServices;

namespace Interpret.Unit.Tests.Readers;

/// <summary>Runs a reader on hostile input and holds what it allocates against a bound; one that does not come back is a failure.</summary>
internal static class Bounded
{
    /// <summary>Not a measure of speed: what is quadratic in these inputs takes many minutes.</summary>
    private static readonly TimeSpan Forever = TimeSpan.FromMinutes(1);

    /// <param name="bytes">What may be allocated in all, freed in between or not.</param>
    /// <param name="read">The reader.</param>
    public static T Run<T>(long bytes, Func<T> read)
    {
        var (result, error, allocated) = (default(T), default(Exception), 0L);
        var thread = new Thread(() =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                result = read();
            }
            catch (Exception e)
            {
                error = e;
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        })
        { IsBackground = true };
        thread.Start();
        thread.Join(Forever).ShouldBeTrue("the reader is still at work after a minute");
        allocated.ShouldBeLessThanOrEqualTo(bytes, "bytes allocated");
        if (error is not null) ExceptionDispatchInfo.Throw(error);
        return result!;
    }
}
