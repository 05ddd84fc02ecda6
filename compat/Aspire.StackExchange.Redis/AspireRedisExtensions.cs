using Aspire.StackExchange.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry.Trace;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>Registers Redis clients with health check and tracing.</summary>
public static class AspireRedisExtensions
{
    private const string SectionName = "Aspire:StackExchange:Redis";

    /// <summary>Registers a singleton <see cref="IConnectionMultiplexer"/>.</summary>
    /// <param name="builder">The application to add to.</param>
    /// <param name="connectionName">Names the connection string (<c>ConnectionStrings:{connectionName}</c>) and a section of settings.</param>
    /// <param name="configureSettings">Runs last, over what configuration gave.</param>
    /// <param name="configureOptions">Runs over what the connection string and the <c>ConfigurationOptions</c> sections gave.</param>
    /// <remarks>
    /// Connects when first resolved and goes on trying when the server is away, unless the connection string says <c>abortConnect=true</c>.
    /// Without a connection string, resolving throws <see cref="InvalidOperationException"/>; registering does not.
    /// </remarks>
    public static void AddRedisClient(
        this IHostApplicationBuilder builder,
        string connectionName,
        Action<StackExchangeRedisSettings>? configureSettings = null,
        Action<ConfigurationOptions>? configureOptions = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(connectionName);
        AddRedisClient(builder, connectionName, configureSettings, configureOptions, serviceKey: null);
    }

    /// <summary>The same under the service key <paramref name="name"/>.</summary>
    /// <param name="builder">The application to add to.</param>
    /// <param name="name">The service key; also names the connection string and the settings' own section.</param>
    /// <param name="configureSettings">Runs last, over what configuration gave.</param>
    /// <param name="configureOptions">Runs over what the connection string and the <c>ConfigurationOptions</c> sections gave.</param>
    public static void AddKeyedRedisClient(
        this IHostApplicationBuilder builder,
        string name,
        Action<StackExchangeRedisSettings>? configureSettings = null,
        Action<ConfigurationOptions>? configureOptions = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        AddRedisClient(builder, name, configureSettings, configureOptions, serviceKey: name);
    }

    private static void AddRedisClient(
        IHostApplicationBuilder builder,
        string name,
        Action<StackExchangeRedisSettings>? configureSettings,
        Action<ConfigurationOptions>? configureOptions,
        string? serviceKey)
    {
        var section = builder.Configuration.GetSection(SectionName);
        var namedSection = section.GetSection(name);
        var settings = ReadSettings(builder.Configuration, section, namedSection, name, configureSettings);

        var optionsName = serviceKey ?? Options.Options.DefaultName;
        builder.Services.TryAddTransient<IOptionsFactory<ConfigurationOptions>, RedisOptionsFactory>();
        builder.Services.AddSingleton(new RedisConnectionString(optionsName, settings.ConnectionString));
        builder.Services.Configure<ConfigurationOptions>(optionsName, options =>
        {
            section.GetSection(nameof(ConfigurationOptions)).Bind(options);
            namedSection.GetSection(nameof(ConfigurationOptions)).Bind(options);
            configureOptions?.Invoke(options);
        });

        builder.Services.AddKeyedSingleton<IConnectionMultiplexer>(serviceKey, (services, _) => Connect(services, name, optionsName));
        if (!settings.DisableAutoActivation)
        {
            builder.Services.ActivateKeyedSingleton<IConnectionMultiplexer>(serviceKey);
        }

        if (!settings.DisableTracing)
        {
            builder.Services.TryAddSingleton<RedisTracing>();
            builder.Services.AddOpenTelemetry().WithTracing(static traces => traces
                .AddSource(RedisTracing.SourceName)
                .AddInstrumentation(static services => services.GetRequiredService<RedisTracing>()));
        }

        AddHealthCheck(builder, settings, serviceKey);
    }

    private static StackExchangeRedisSettings ReadSettings(
        IConfiguration configuration,
        IConfigurationSection section,
        IConfigurationSection namedSection,
        string name,
        Action<StackExchangeRedisSettings>? configure)
    {
        var settings = new StackExchangeRedisSettings();
        section.Bind(settings);
        namedSection.Bind(settings);
        if (configuration.GetConnectionString(name) is { } connectionString)
        {
            settings.ConnectionString = connectionString;
        }

        configure?.Invoke(settings);
        return settings;
    }

    private static ConnectionMultiplexer Connect(IServiceProvider services, string name, string optionsName)
    {
        var options = services.GetRequiredService<IOptionsMonitor<ConfigurationOptions>>().Get(optionsName);
        if (options.EndPoints.Count == 0)
        {
            throw new InvalidOperationException(
                $"No endpoints specified. Ensure a valid connection string was provided in 'ConnectionStrings:{name}' or for the "
                + $"'{SectionName}:ConnectionString' configuration key.");
        }

        options.LoggerFactory ??= services.GetService<ILoggerFactory>();
        var connection = ConnectionMultiplexer.Connect(options);
        services.GetService<RedisTracing>()?.Watch(connection);
        return connection;
    }

    private static void AddHealthCheck(IHostApplicationBuilder builder, StackExchangeRedisSettings settings, string? serviceKey)
    {
        var checkName = serviceKey is null ? "StackExchange.Redis" : $"StackExchange.Redis_{serviceKey}";

        // Two registrations of one name would make every health report throw.
        if (!settings.DisableHealthChecks && builder.Properties.TryAdd($"Aspire.HealthChecks.{checkName}", true))
        {
            builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
                checkName,
                services => new RedisHealthCheck(() => services.GetRequiredKeyedService<IConnectionMultiplexer>(serviceKey)),
                failureStatus: null,
                tags: null));
        }
    }
}
