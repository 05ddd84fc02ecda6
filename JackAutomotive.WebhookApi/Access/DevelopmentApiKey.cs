using JackAutomotive.Access;
using JackAutomotive.WebhookApi.Database;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Access;

/// <summary>
/// Makes the API keys of the setting JACK_API_KEY valid, with every scope, and removes the keys of an earlier value of the setting. The table
/// stores these keys under the name of the setting, which no other key may have. The service runs after the migration of the database, before
/// the first request; if the database refuses the change, for example because it is read-only, the service tries again until it succeeds. A
/// key that an operator has revoked stays revoked.
/// </summary>
internal sealed partial class DevelopmentApiKey(
    IOptions<DevelopmentApiKeyOptions> options,
    NpgsqlDataSource database,
    BackgroundLoops loops,
    TimeProvider time,
    ILogger<DevelopmentApiKey> logger) : BackgroundService
{
    // A removed row can return with the setting. A revoked row would stay revoked.
    private const string RemoveOldSql = "DELETE FROM api_keys WHERE name = $1 AND revoked_at IS NULL AND key_hash <> ALL ($2)";

    private const string AddSql = """
        INSERT INTO api_keys (key_hash, name, scopes, created_at) SELECT hash, $1, $3, $4 FROM unnest($2) AS hash
        ON CONFLICT (key_hash) DO NOTHING
        """;

    private readonly BackgroundLoop _loop = loops.Create("keys of settings");
    private bool _isApplied;

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ApplyAsync(cancellationToken);
        }
        catch (Exception e) when (DatabaseErrors.IsOutage(e))
        {
            LogPostponed(e.Message);
        }

        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        _isApplied ? Task.CompletedTask : _loop.RunUntilDoneAsync(ApplyAsync, stoppingToken);

    private async Task ApplyAsync(CancellationToken cancellationToken)
    {
        var hashes = options.Value.Keys.Select(ApiKey.HashOf).ToArray();
        await using var remove = database.CreateCommand(RemoveOldSql);
        remove.Parameters.AddText(DevelopmentApiKeyOptions.Setting);
        remove.Parameters.AddArray(hashes, NpgsqlDbType.Bytea);
        var removed = await remove.ExecuteNonQueryAsync(cancellationToken);
        if (removed > 0)
        {
            LogRemoved(removed, DevelopmentApiKeyOptions.Setting);
        }

        await using var add = database.CreateCommand(AddSql);
        add.Parameters.AddText(DevelopmentApiKeyOptions.Setting);
        add.Parameters.AddArray(hashes, NpgsqlDbType.Bytea);
        add.Parameters.AddArray(ApiKeys.AllScopes, NpgsqlDbType.Text);
        add.Parameters.AddTimestamp(time.GetUtcNow());
        await add.ExecuteNonQueryAsync(cancellationToken);
        _isApplied = true;
    }

    [LoggerMessage(LogLevel.Warning, "The API keys of JACK_API_KEY cannot be stored yet: {Reason}")]
    private partial void LogPostponed(string reason);

    [LoggerMessage(LogLevel.Information, "Removed {Count} API keys of an earlier value of {Setting}")]
    private partial void LogRemoved(int count, string setting);
}
