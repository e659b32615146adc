using System.Data.Common;

namespace Interpret.Storage;

/// <summary>Tells a database that is away for a while from one that refuses.</summary>
public static class DatabaseFailure
{
    /// <summary>Whether trying again may help: the failure, or what caused it, is one of the connection or a time that ran out.</summary>
    public static bool IsPassing(Exception? error) => error is not null
        && (error is TimeoutException || IsOfConnection(error) || IsPassing(error.InnerException));

    /// <summary>Whether the failure, or what caused it, is the database's: it cannot be reached, or has no room for another connection.</summary>
    public static bool IsOfConnection(Exception? error) => error is not null
        && (error is DbException { IsTransient: true } || IsOfConnection(error.InnerException));
}
