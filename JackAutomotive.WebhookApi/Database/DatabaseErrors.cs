using System.Data.Common;
using System.Net.Sockets;
using Npgsql;

namespace JackAutomotive.WebhookApi.Database;

/// <summary>Tells "Postgres is away, try later" from "Postgres refuses this".</summary>
internal static class DatabaseErrors
{
    /// <summary>
    /// True for everything that a restart, a failover or a lack of room causes: connections that cannot be had or broke,
    /// time-outs, and SQLSTATE classes 08, 53, 57P (shutdown, starting up) and 58.
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
