using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.WebhookApi.Database;

internal static class DatabaseExtensions
{
    // A server that hangs does not answer a cancel request either. The short timeout lets the waiting callers use their fallback soon.
    private const int CancellationMilliseconds = 500;

    // Each connection prepares the statements that it executes repeatedly. This service has fewer statements than this number.
    private const int MaxPreparedStatements = 200;

    /// <summary>
    /// The key of the data source whose connections prepare nothing and are reset when they return to the pool. It serves whoever takes a lock
    /// of the session, and queries of queues that are usually empty: Postgres keeps the plan of a prepared statement for a while, and the plan
    /// for an empty table reads all of it.
    /// </summary>
    public const string Plain = "plain";

    /// <summary>
    /// Adds the data source <c>crm</c>, and its migrations, which run before any other service starts. A connection of <c>crm</c> prepares
    /// the statements that it repeats, and keeps its session when it returns to the pool. So nobody may change a setting of that session or
    /// take a lock of it, see <see cref="Plain"/>.
    /// </summary>
    public static void AddDatabase(this IHostApplicationBuilder builder)
    {
        builder.AddNpgsqlDataSource("crm", configureDataSourceBuilder: source =>
        {
            source.ConnectionStringBuilder.CancellationTimeout = CancellationMilliseconds;
            source.ConnectionStringBuilder.MaxAutoPrepare = MaxPreparedStatements;
            source.ConnectionStringBuilder.NoResetOnClose = true;
            ConfigureSpans(source);
        });

        builder.Services.AddKeyedSingleton(Plain, (_, _) => CreatePlainDataSource(builder.Configuration));

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IValidateOptions<DatabaseOptions>, ValidateDatabaseOptions>();
        builder.Services.AddOptionsWithValidateOnStart<DatabaseOptions>().BindConfiguration(DatabaseOptions.SectionName);

        builder.Services.AddSingleton<Installation>();
        builder.Services.AddSingleton<DatabaseMigrator>();
        builder.Services.AddHostedService(services => services.GetRequiredService<DatabaseMigrator>());
        builder.Services.AddHealthChecks().AddCheck<MigrationsHealthCheck>("migrations");
    }

    private static NpgsqlDataSource CreatePlainDataSource(IConfiguration configuration)
    {
        var source = new NpgsqlDataSourceBuilder(configuration.GetConnectionString("crm"));
        source.ConnectionStringBuilder.CancellationTimeout = CancellationMilliseconds;
        ConfigureSpans(source);
        return source.Build();
    }

    private static void ConfigureSpans(NpgsqlDataSourceBuilder source) =>
        source.ConfigureTracing(tracing => tracing.ConfigureCommandSpanNameProvider(GetSpanName));

    // The name is the first line of the statement, which is a comment if the statement begins with a common table expression. The SQL of this
    // service is constant, so the name contains no personal data.
    private static string GetSpanName(NpgsqlCommand command)
    {
        var statement = command.CommandText.AsSpan().Trim();
        var lineEnd = statement.IndexOf('\n');
        var firstLine = lineEnd >= 0 ? statement[..lineEnd] : statement;
        return firstLine.TrimStart("- ").ToString();
    }
}
