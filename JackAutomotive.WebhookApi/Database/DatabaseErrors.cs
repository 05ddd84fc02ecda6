using System.Data.Common;
using System.Net.Sockets;
using Npgsql;

namespace JackAutomotive.WebhookApi.Database;

/// <summary>Distinguishes an outage of Postgres, which is worth a retry, from an error that a retry does not fix.</summary>
internal static class DatabaseErrors
{
    /// <summary>
    /// Returns true for every error that a restart, a failover or a lack of resources causes: connections that cannot be opened or that
    /// break, timeouts, and SQLSTATE classes 08 (connection), 53 (resources), 57P (shutdown and startup) and 58 (system).
    /// </summary>
    public static bool IsOutage(Exception exception) => exception switch
    {
        PostgresException postgres => IsOutageState(postgres.SqlState),
        NpgsqlException { IsTransient: true } => true,
        NpgsqlException { InnerException: SocketException or IOException or TimeoutException or EndOfStreamException } => true,
        DbException or OperationCanceledException => false,
        TimeoutException or SocketException => true,
        _ => false,
    };

    private static bool IsOutageState(string state) =>
        state.StartsWith("08", StringComparison.Ordinal)
        || state.StartsWith("53", StringComparison.Ordinal)
        || state.StartsWith("57P", StringComparison.Ordinal)
        || state.StartsWith("58", StringComparison.Ordinal);
}
