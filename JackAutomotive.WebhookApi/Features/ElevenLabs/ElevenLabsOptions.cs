using JackAutomotive.WebhookApi.Messaging;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Features.ElevenLabs;

/// <summary>What ElevenLabs and we have agreed on.</summary>
internal sealed class ElevenLabsOptions
{
    public const string PostCallSecretSetting = "ELEVENLABS_POST_CALL_WEBHOOK_SECRET";

    /// <summary>
    /// Secrets of the post-call webhook. Several are good at the same time, since rotating means creating a second webhook.
    /// </summary>
    public IReadOnlyList<string> PostCallSecrets { get; set; } = [];
}

internal sealed class ValidateElevenLabsOptions(IHostEnvironment environment) : IValidateOptions<ElevenLabsOptions>
{
    public ValidateOptionsResult Validate(string? name, ElevenLabsOptions options) =>
        SecretList.Require(options.PostCallSecrets, ElevenLabsOptions.PostCallSecretSetting, environment);
}
