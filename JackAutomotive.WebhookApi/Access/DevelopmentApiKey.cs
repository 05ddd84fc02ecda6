using JackAutomotive.Access;
using JackAutomotive.WebhookApi.Database;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Access;

/// <summary>
/// Stores the API key from the setting JACK_API_KEY with every scope. The service runs after the migration of the database. A revoked key
/// stays revoked.
/// </summary>
internal sealed class DevelopmentApiKey(string key, NpgsqlDataSource database, TimeProvider time) : IHostedService
{
    public const string Setting = "JACK_API_KEY";

    private const string AddSql = """
        INSERT INTO api_keys (key_hash, name, scopes, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (key_hash) DO NOTHING
        """;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(AddSql);
        command.Parameters.AddBytes(ApiKey.HashOf(key));
        command.Parameters.AddText(Setting);
        command.Parameters.AddArray(ApiKeys.AllScopes, NpgsqlDbType.Text);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
