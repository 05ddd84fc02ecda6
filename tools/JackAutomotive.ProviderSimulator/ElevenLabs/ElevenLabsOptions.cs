using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.ElevenLabs;

/// <summary>The ElevenLabs workspace that is played.</summary>
internal sealed class ElevenLabsOptions
{
    /// <summary>Signs the post-call webhooks. Of a comma-separated list the first counts.</summary>
    [ConfigurationKeyName("ELEVENLABS_POST_CALL_WEBHOOK_SECRET")]
    public string? PostCallSecret { get; set; }

    /// <summary>The voice agent's id; the default counts also when it is set to nothing.</summary>
    [ConfigurationKeyName("ELEVENLABS_AGENT_ID")]
    [Required]
    public string AgentId { get; set => field = string.IsNullOrEmpty(value) ? field : value; } = "agent_01jwc5v1nafjwv7zw4vtz1050m";

    /// <summary>The secret that post-call webhooks are signed with.</summary>
    /// <exception cref="SettingMissingException">None is configured.</exception>
    public string SigningSecret => SettingMissingException.RequireFirst(
        PostCallSecret, "ELEVENLABS_POST_CALL_WEBHOOK_SECRET", "sign ElevenLabs' post-call webhooks");
}

[OptionsValidator]
internal sealed partial class ValidateElevenLabsOptions : IValidateOptions<ElevenLabsOptions>;
