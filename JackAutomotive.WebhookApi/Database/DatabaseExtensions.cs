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

    /// <summary>The key of the data source whose connections are not pooled.</summary>
    public const string Unpooled = "unpooled";

    /// <summary>
    /// Adds the data source <c>crm</c>, and its migrations, which run before any other service starts. A pooled connection keeps its session
    /// from one use to the next, so nobody may change a setting of the session or take a lock of the session. Whoever needs such a lock opens
    /// a connection of the data source <see cref="Unpooled"/>, whose session ends with the connection.
    /// </summary>
    public static void AddDatabase(this IHostApplicationBuilder builder)
    {
        builder.AddNpgsqlDataSource("crm", configureDataSourceBuilder: source =>
        {
            source.ConnectionStringBuilder.CancellationTimeout = CancellationMilliseconds;
            source.ConnectionStringBuilder.MaxAutoPrepare = MaxPreparedStatements;
            source.ConnectionStringBuilder.NoResetOnClose = true;
            source.ConfigureTracing(tracing => tracing.ConfigureCommandSpanNameProvider(GetSpanName));
        });

        builder.Services.AddKeyedSingleton(Unpooled, (_, _) => CreateUnpooledDataSource(builder.Configuration));

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IValidateOptions<DatabaseOptions>, ValidateDatabaseOptions>();
        builder.Services.AddOptionsWithValidateOnStart<DatabaseOptions>().BindConfiguration(DatabaseOptions.SectionName);

        builder.Services.AddSingleton<Installation>();
        builder.Services.AddSingleton<DatabaseMigrator>();
        builder.Services.AddHostedService(services => services.GetRequiredService<DatabaseMigrator>());
        builder.Services.AddHealthChecks().AddCheck<MigrationsHealthCheck>("migrations");
    }

    private static NpgsqlDataSource CreateUnpooledDataSource(IConfiguration configuration) =>
        NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(configuration.GetConnectionString("crm")) { Pooling = false });

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
