using System.Text;
using Microsoft.Extensions.Options;

namespace JackAutomotive.Contract;

/// <summary>What WebhookApi and Realtime have agreed on to sign stream tokens with.</summary>
internal sealed class StreamTokenOptions
{
    public const string Setting = "STREAM_TOKEN_SECRET";

    /// <summary>Shorter ones can be guessed: HMAC-SHA256 wants a key of at least its own length (RFC 7518, section 3.2).</summary>
    public const int MinSecretBytes = 32;

    /// <summary>The first one signs, each of them is believed; none: there are no stream tokens.</summary>
    public IReadOnlyList<string> Secrets { get; set; } = [];
}

internal sealed class ValidateStreamTokenOptions : IValidateOptions<StreamTokenOptions>
{
    public ValidateOptionsResult Validate(string? name, StreamTokenOptions options) =>
        options.Secrets.All(secret => Encoding.UTF8.GetByteCount(secret) >= StreamTokenOptions.MinSecretBytes)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"The setting {StreamTokenOptions.Setting} holds a secret of fewer than {StreamTokenOptions.MinSecretBytes} bytes. "
                + "Make one with: openssl rand -hex 32");
}

internal static class StreamTokensExtensions
{
    /// <summary>Registers <see cref="StreamTokens"/>. Without their secret a service starts, warns, and goes on without tokens.</summary>
    public static void AddStreamTokens(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<StreamTokenOptions>, ValidateStreamTokenOptions>();
        builder.Services.AddOptionsWithValidateOnStart<StreamTokenOptions>().Configure<IConfiguration>((options, configuration) =>
            options.Secrets = SecretList.Parse(configuration[StreamTokenOptions.Setting]));
        builder.Services.AddSingleton<StreamTokens>();
        builder.Services.AddHostedService<MissingStreamTokenSecretWarning>();
    }
}

/// <summary>Says at the start that browsers cannot watch because the secret of their tokens is not set.</summary>
internal sealed partial class MissingStreamTokenSecretWarning(StreamTokens tokens, ILogger<MissingStreamTokenSecretWarning> logger)
    : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!tokens.AreConfigured)
        {
            LogMissing(StreamTokenOptions.Setting);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Warning, "Stream tokens are not configured, only API keys open streams. Set {Setting} and start again")]
    private partial void LogMissing(string setting);
}
