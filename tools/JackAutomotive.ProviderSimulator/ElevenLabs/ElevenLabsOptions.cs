using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.ElevenLabs;

/// <summary>The ElevenLabs workspace that the simulator stands in for.</summary>
internal sealed class ElevenLabsOptions
{
    public const string DefaultPhoneNumberId = "phnum_01jwc5x2m5ecdtbw8ae2f4r3qh";

    /// <summary>Signs the post-call webhooks. The simulator uses the first secret of a comma-separated list.</summary>
    [ConfigurationKeyName("ELEVENLABS_POST_CALL_WEBHOOK_SECRET")]
    public string? PostCallSecret { get; set; }

    /// <summary>Signs the live events of a call. The simulator uses the first secret of a comma-separated list.</summary>
    [ConfigurationKeyName("ELEVENLABS_CONVERSATION_EVENTS_WEBHOOK_SECRET")]
    public string? ConversationEventsSecret { get; set; }

    /// <summary>
    /// The secret in the header of the conversation-initiation webhook. The simulator uses the first secret of a comma-separated list.
    /// </summary>
    [ConfigurationKeyName("ELEVENLABS_CONVERSATION_INITIATION_WEBHOOK_SECRET")]
    public string? ConversationInitiationSecret { get; set; }

    /// <summary>The name of the header that holds the conversation-initiation secret. The default also replaces an empty setting.</summary>
    [ConfigurationKeyName("ELEVENLABS_CONVERSATION_INITIATION_HEADER")]
    public string InitiationHeader { get; set => field = string.IsNullOrEmpty(value) ? field : value; } = "X-Jack-Secret";

    /// <summary>The voice agent's id. The default also replaces an empty setting.</summary>
    [ConfigurationKeyName("ELEVENLABS_AGENT_ID")]
    [Required]
    public string AgentId { get; set => field = string.IsNullOrEmpty(value) ? field : value; } = "agent_01jwc5v1nafjwv7zw4vtz1050m";

    /// <summary>Authenticates at the API. Every key of a comma-separated list is accepted.</summary>
    [ConfigurationKeyName("ELEVENLABS_API_KEY")]
    public string? ApiKey { get; set; }

    /// <summary>ElevenLabs' id of the dealership's number. The default also replaces an empty setting.</summary>
    [ConfigurationKeyName("ELEVENLABS_PHONE_NUMBER_ID")]
    [Required]
    public string PhoneNumberId { get; set => field = string.IsNullOrEmpty(value) ? field : value; } = DefaultPhoneNumberId;

    /// <summary>The secret that signs post-call webhooks.</summary>
    /// <exception cref="SettingMissingException">The secret is not configured.</exception>
    public string SigningSecret => SettingMissingException.RequireFirst(
        PostCallSecret, "ELEVENLABS_POST_CALL_WEBHOOK_SECRET", "sign ElevenLabs' post-call webhooks");

    /// <summary>The secret that signs live events.</summary>
    /// <exception cref="SettingMissingException">The secret is not configured.</exception>
    public string LiveSecret => SettingMissingException.RequireFirst(
        ConversationEventsSecret, "ELEVENLABS_CONVERSATION_EVENTS_WEBHOOK_SECRET", "sign the live events of a call");

    /// <summary>The secret that the conversation-initiation webhook carries.</summary>
    /// <exception cref="SettingMissingException">The secret is not configured.</exception>
    public string InitiationSecret => SettingMissingException.RequireFirst(
        ConversationInitiationSecret, "ELEVENLABS_CONVERSATION_INITIATION_WEBHOOK_SECRET", "authenticate the conversation-initiation webhook");

    /// <summary>Returns whether the key is one of the workspace's keys.</summary>
    public bool IsAllowed(string key) =>
        (ApiKey ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Contains(key);
}

[OptionsValidator]
internal sealed partial class ValidateElevenLabsOptions : IValidateOptions<ElevenLabsOptions>;
