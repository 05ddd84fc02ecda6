using Npgsql;

namespace JackAutomotive.WebhookApi.Database;

/// <summary>
/// Repeats a transaction that Postgres has ended because it and another one waited for each other. Use this class for transactions that lock rows
/// in another order than the handlers of deliveries; a handler is repeated by the inbox.
/// </summary>
internal static class Deadlocks
{
    private const int MaxAttempts = 5;

    /// <summary>Runs a transaction, at most five times.</summary>
    public static async Task<T> RetryAsync<T>(Func<Task<T>> run)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await run();
            }
            catch (PostgresException e) when (attempt < MaxAttempts && e.SqlState == PostgresErrorCodes.DeadlockDetected)
            {
                // Postgres has rolled the transaction back, so nothing of it remains.
            }
        }
    }
}
