using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Interpret.Storage;

/// <summary>Tells a database that is away for a while from one that refuses.</summary>
public static class DatabaseFailure
{
    /// <summary>Whether trying again may help: the failure, or what caused it, is one of the connection or a time that ran out.</summary>
    public static bool IsPassing(Exception? error) => error is not null
        && (error is TimeoutException || IsOfConnection(error) || IsPassing(error.InnerException));

    /// <summary>Whether another process wrote the same at the same time: a key that is there already, or transactions that cannot both have been.</summary>
    public static bool IsOfOthers(Exception? error) => error is not null
        && (error is PostgresException
                { SqlState: PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected }
            or SqliteException { SqliteErrorCode: ConstraintFailed, SqliteExtendedErrorCode: PrimaryKeyFailed or UniqueFailed }
            || IsOfOthers(error.InnerException));

    // SQLITE_CONSTRAINT, …_PRIMARYKEY and …_UNIQUE of https://sqlite.org/rescode.html
    private const int ConstraintFailed = 19, PrimaryKeyFailed = 1555, UniqueFailed = 2067;

    /// <summary>Whether the failure, or what caused it, is the database's: it cannot be reached, or has no room for another connection.</summary>
    public static bool IsOfConnection(Exception? error) => error is not null
        && (error is DbException { IsTransient: true } || IsOfConnection(error.InnerException));
}
