using System.Text;
using JackAutomotive.Contracts;
using Microsoft.Extensions.Options;

namespace JackAutomotive.Access;

/// <summary>The secrets that sign stream tokens. WebhookApi and Realtime must have the same secrets.</summary>
public sealed class StreamTokenOptions
{
    /// <summary>The name of the setting: one secret, or several separated by commas (see <see cref="SecretList"/>).</summary>
    public const string Setting = "STREAM_TOKEN_SECRET";

    /// <summary>The minimum length of a secret in UTF-8 bytes: HMAC-SHA256 requires a key of at least 256 bits (RFC 7518, section 3.2).</summary>
    public const int MinSecretBytes = 32;

    /// <summary>The first secret signs, and each secret verifies. With an empty list the service has no stream tokens.</summary>
    public IReadOnlyList<string> Secrets { get; set; } = [];
}

/// <summary>Validates that every secret has at least <see cref="StreamTokenOptions.MinSecretBytes"/> bytes. An empty list is valid.</summary>
public sealed class ValidateStreamTokenOptions : IValidateOptions<StreamTokenOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, StreamTokenOptions options) =>
        options.Secrets.All(secret => Encoding.UTF8.GetByteCount(secret) >= StreamTokenOptions.MinSecretBytes)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"The setting {StreamTokenOptions.Setting} holds a secret of fewer than {StreamTokenOptions.MinSecretBytes} bytes. "
                + "Make one with: openssl rand -hex 32");
}

/// <summary>Registers stream tokens.</summary>
public static class StreamTokensExtensions
{
    /// <summary>
    /// Registers <see cref="StreamTokens"/> with the secrets of the setting <see cref="StreamTokenOptions.Setting"/>. Without a secret the service
    /// starts, logs a warning and works without tokens. A secret that is too short prevents the start.
    /// </summary>
    public static void AddStreamTokens(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<StreamTokenOptions>, ValidateStreamTokenOptions>();
        builder.Services.AddOptionsWithValidateOnStart<StreamTokenOptions>().Configure<IConfiguration>((options, configuration) =>
            options.Secrets = SecretList.Parse(configuration[StreamTokenOptions.Setting]));
        builder.Services.AddSingleton(services => new StreamTokens(
            services.GetRequiredService<IOptions<StreamTokenOptions>>().Value.Secrets, services.GetRequiredService<TimeProvider>()));
        builder.Services.AddHostedService<MissingStreamTokenSecretWarning>();
    }
}

/// <summary>Logs a warning at the start if no secret is set, because browsers cannot open streams without tokens.</summary>
public sealed partial class MissingStreamTokenSecretWarning(StreamTokens tokens, ILogger<MissingStreamTokenSecretWarning> logger)
    : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!tokens.AreConfigured)
        {
            LogMissing(StreamTokenOptions.Setting);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Warning, "Stream tokens are not configured, so only API keys open streams. Set {Setting} and restart")]
    private partial void LogMissing(string setting);
}
