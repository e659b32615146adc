using System.Data.Common;

namespace Interpret.Storage;

/// <summary>Tells a database that is away for a while from one that refuses.</summary>
public static class DatabaseFailure
{
    /// <summary>Whether trying again may help: the failure, or what caused it, is one of the connection.</summary>
    public static bool IsPassing(Exception? error) => error is not null && (error is DbException { IsTransient: true } or TimeoutException || IsPassing(error.InnerException));
}
