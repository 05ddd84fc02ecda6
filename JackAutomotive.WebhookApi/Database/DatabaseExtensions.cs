using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.WebhookApi.Database;

internal static class DatabaseExtensions
{
    // A server that hangs does not hear that it should stop either, and whoever waits has another way to go.
    private const int CancellationMilliseconds = 500;

    /// <summary>The data source <c>crm</c>, and its migrations before anything else starts.</summary>
    public static void AddDatabase(this IHostApplicationBuilder builder)
    {
        builder.AddNpgsqlDataSource("crm", configureDataSourceBuilder: source =>
        {
            source.ConnectionStringBuilder.CancellationTimeout = CancellationMilliseconds;
            source.ConfigureTracing(tracing => tracing.ConfigureCommandSpanNameProvider(SpanName));
        });

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IValidateOptions<DatabaseOptions>, ValidateDatabaseOptions>();
        builder.Services.AddOptionsWithValidateOnStart<DatabaseOptions>().BindConfiguration(DatabaseOptions.SectionName);

        builder.Services.AddSingleton<Installation>();
        builder.Services.AddSingleton<DatabaseMigrator>();
        builder.Services.AddHostedService(services => services.GetRequiredService<DatabaseMigrator>());
        builder.Services.AddHealthChecks().AddCheck<MigrationsHealthCheck>("migrations");
    }

    // The statement's first line, which is a comment where the statement begins with a common table expression. Our SQL is constant,
    // so it holds nothing personal.
    private static string SpanName(NpgsqlCommand command)
    {
        var line = command.CommandText.AsSpan().Trim();
        return line[..(line.IndexOf('\n') is >= 0 and var end ? end : line.Length)].TrimStart("- ").ToString();
    }
}
