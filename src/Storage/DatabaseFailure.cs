using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Interpret.Storage;

/// <summary>Tells a database that is away for a while from one that refuses, and trouble that passes from trouble that stays.</summary>
public static class DatabaseFailure
{
    // SQLite's primary result codes.
    private const int NoPermission = 3, ReadOnly = 8, Damaged = 11, Full = 13, CannotOpen = 14, NoDatabase = 26;

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

    /// <summary>What stays wrong with the embedded database until somebody does something about it; null: nothing of that kind.</summary>
    /// <returns>What was found, and what to do.</returns>
    public static (string Found, string Remedy)? Lasting(Exception? error) => error switch
    {
        null => null,
        SqliteException sqlite => sqlite.SqliteErrorCode switch
        {
            Full => ("a disk that is full", "Free some space and run it again: what was stored is kept"),
            ReadOnly or NoPermission => ("one that this user may only read", "Let its owner run this, or set INTERPRET_STATE to a folder of your own"),
            CannotOpen => ("one that cannot be opened", "See whether this user may read and write the folder and what is in it"),
            Damaged or NoDatabase => ("a file that is damaged, or no database",
                "Move it away and run or import again, or bring back a copy: `sqlite3 interpret.db .recover` may save rows"),
            _ => Lasting(sqlite.InnerException),
        },
        _ => Lasting(error.InnerException),
    };
}
