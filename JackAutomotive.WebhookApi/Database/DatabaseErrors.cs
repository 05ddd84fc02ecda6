using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace JackAutomotive.WebhookApi.Database;

/// <summary>
/// Divides the errors of the database into two kinds. An error that blames the row returns with every retry of the same row. Every other
/// error, however unknown, is an outage: something around the row prevents the work, and a retry succeeds when the outage is over.
/// </summary>
internal static class DatabaseErrors
{
    private const string DataException = "22";
    private const string IntegrityConstraintViolation = "23";
    private const string ProgramLimitExceeded = "54";

    /// <summary>
    /// Returns true if the error blames the row: SQLSTATE classes 22 (data), 23 (constraints) and 54 (limits), and text that cannot be sent
    /// to Postgres. Only such an error may cost a delivery its place or an attempt.
    /// </summary>
    public static bool BlamesTheRow(Exception exception) => exception switch
    {
        PostgresException postgres => postgres.SqlState is { Length: 5 } state
            && state[..2] is DataException or IntegrityConstraintViolation or ProgramLimitExceeded,
        EncoderFallbackException => true,
        NpgsqlException { InnerException: { } inner } => BlamesTheRow(inner),
        _ => false,
    };

    /// <summary>
    /// Returns true for every error of the database that does not blame the row, known or unknown: connections that cannot be opened or that
    /// break, timeouts, a cancelled query, a read-only or full server, missing rights, deadlocks, a lack of resources, internal errors.
    /// </summary>
    public static bool IsOutage(Exception exception) => exception switch
    {
        NpgsqlOperationInProgressException => false, // This service used one connection for two commands at once.
        NpgsqlException => !BlamesTheRow(exception),
        TimeoutException or SocketException => true,
        _ => false,
    };
}
