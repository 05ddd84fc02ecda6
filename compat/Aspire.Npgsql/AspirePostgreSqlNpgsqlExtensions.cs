using System.Data.Common;
using Aspire.Npgsql;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Microsoft.Extensions.Hosting;

/// <summary>Registers Npgsql data sources with health check, tracing and metrics.</summary>
public static class AspirePostgreSqlNpgsqlExtensions
{
    private const string SectionName = "Aspire:Npgsql";

    /// <summary>Registers a singleton <see cref="NpgsqlDataSource"/>, and connections taken from it.</summary>
    /// <param name="builder">The application to add to.</param>
    /// <param name="connectionName">Names the connection string (<c>ConnectionStrings:{connectionName}</c>) and a section of settings.</param>
    /// <param name="configureSettings">Runs last, over what configuration gave.</param>
    /// <param name="configureDataSourceBuilder">Runs when the data source is built, which is when it is first resolved.</param>
    /// <remarks>
    /// Without a connection string, resolving the data source throws <see cref="InvalidOperationException"/>; registering does not.
    /// </remarks>
    public static void AddNpgsqlDataSource(
        this IHostApplicationBuilder builder,
        string connectionName,
        Action<NpgsqlSettings>? configureSettings = null,
        Action<NpgsqlDataSourceBuilder>? configureDataSourceBuilder = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(connectionName);

        var settings = ReadSettings(builder, connectionName, configureSettings);
        builder.Services.AddNpgsqlDataSource(settings.ConnectionString ?? "", dataSource =>
        {
            ThrowIfMissing(settings, connectionName);
            configureDataSourceBuilder?.Invoke(dataSource);
        });
        AddDiagnostics(builder, settings, "PostgreSql", static services => services.GetRequiredService<NpgsqlDataSource>());
    }

    /// <summary>The same under the service key <paramref name="name"/>.</summary>
    /// <param name="builder">The application to add to.</param>
    /// <param name="name">The service key; also names the connection string and the settings' own section.</param>
    /// <param name="configureSettings">Runs last, over what configuration gave.</param>
    /// <param name="configureDataSourceBuilder">Runs when the data source is built, which is when it is first resolved.</param>
    public static void AddKeyedNpgsqlDataSource(
        this IHostApplicationBuilder builder,
        string name,
        Action<NpgsqlSettings>? configureSettings = null,
        Action<NpgsqlDataSourceBuilder>? configureDataSourceBuilder = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);

        var settings = ReadSettings(builder, name, configureSettings);
        builder.Services.AddKeyedSingleton(name, (services, _) =>
        {
            ThrowIfMissing(settings, name);
            var dataSource = new NpgsqlDataSourceBuilder(settings.ConnectionString);
            dataSource.UseLoggerFactory(services.GetService<ILoggerFactory>());
            configureDataSourceBuilder?.Invoke(dataSource);
            return dataSource.Build();
        });
        builder.Services.AddKeyedSingleton<DbDataSource>(name, static (services, key) => DataSource(services, key));
        builder.Services.AddKeyedTransient(name, static (services, key) => DataSource(services, key).CreateConnection());
        builder.Services.AddKeyedTransient<DbConnection>(name, static (services, key) => DataSource(services, key).CreateConnection());
        AddDiagnostics(builder, settings, $"PostgreSql_{name}", services => DataSource(services, name));
    }

    private static NpgsqlSettings ReadSettings(IHostApplicationBuilder builder, string name, Action<NpgsqlSettings>? configure)
    {
        var settings = new NpgsqlSettings();
        var section = builder.Configuration.GetSection(SectionName);
        section.Bind(settings);
        section.GetSection(name).Bind(settings);
        if (builder.Configuration.GetConnectionString(name) is { } connectionString)
        {
            settings.ConnectionString = connectionString;
        }

        configure?.Invoke(settings);
        return settings;
    }

    private static NpgsqlDataSource DataSource(IServiceProvider services, object? key) =>
        services.GetRequiredKeyedService<NpgsqlDataSource>(key);

    private static void ThrowIfMissing(NpgsqlSettings settings, string name)
    {
        if (string.IsNullOrWhiteSpace(settings.ConnectionString))
        {
            throw new InvalidOperationException(
                $"ConnectionString is missing. It should be provided in 'ConnectionStrings:{name}' or under the 'ConnectionString' key "
                + $"in '{SectionName}' or '{SectionName}:{name}' configuration section.");
        }
    }

    private static void AddDiagnostics(
        IHostApplicationBuilder builder,
        NpgsqlSettings settings,
        string checkName,
        Func<IServiceProvider, NpgsqlDataSource> dataSource)
    {
        // Two registrations of one name would make every health report throw.
        if (!settings.DisableHealthChecks && builder.Properties.TryAdd($"Aspire.HealthChecks.{checkName}", true))
        {
            builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
                checkName, services => new NpgsqlHealthCheck(() => dataSource(services)), failureStatus: null, tags: null));
        }

        if (!settings.DisableTracing)
        {
            builder.Services.AddOpenTelemetry().WithTracing(static traces => traces.AddNpgsql());
        }

        if (!settings.DisableMetrics)
        {
            builder.Services.AddOpenTelemetry().WithMetrics(static metrics => metrics.AddNpgsqlInstrumentation());
        }
    }
}
