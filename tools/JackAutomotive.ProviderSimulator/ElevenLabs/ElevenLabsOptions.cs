using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.ElevenLabs;

/// <summary>The ElevenLabs workspace that is played.</summary>
internal sealed class ElevenLabsOptions
{
    /// <summary>Signs the post-call webhooks. Of a comma-separated list the first counts.</summary>
    [ConfigurationKeyName("ELEVENLABS_POST_CALL_WEBHOOK_SECRET")]
    public string? PostCallSecret { get; set; }

    /// <summary>Signs what is told of a call while it is held; likewise.</summary>
    [ConfigurationKeyName("ELEVENLABS_CONVERSATION_EVENTS_WEBHOOK_SECRET")]
    public string? ConversationEventsSecret { get; set; }

    /// <summary>What the header of the conversation-initiation webhook holds; likewise.</summary>
    [ConfigurationKeyName("ELEVENLABS_CONVERSATION_INITIATION_WEBHOOK_SECRET")]
    public string? ConversationInitiationSecret { get; set; }

    /// <summary>That header; the default counts also when it is set to nothing.</summary>
    [ConfigurationKeyName("ELEVENLABS_CONVERSATION_INITIATION_HEADER")]
    public string CallerHeader { get; set => field = string.IsNullOrEmpty(value) ? field : value; } = "X-Jack-Secret";

    /// <summary>The voice agent's id; the default counts also when it is set to nothing.</summary>
    [ConfigurationKeyName("ELEVENLABS_AGENT_ID")]
    [Required]
    public string AgentId { get; set => field = string.IsNullOrEmpty(value) ? field : value; } = "agent_01jwc5v1nafjwv7zw4vtz1050m";

    /// <summary>The secret that post-call webhooks are signed with.</summary>
    /// <exception cref="SettingMissingException">None is configured.</exception>
    public string SigningSecret => SettingMissingException.RequireFirst(
        PostCallSecret, "ELEVENLABS_POST_CALL_WEBHOOK_SECRET", "sign ElevenLabs' post-call webhooks");

    /// <summary>The secret that live events are signed with.</summary>
    /// <exception cref="SettingMissingException">None is configured.</exception>
    public string LiveSecret => SettingMissingException.RequireFirst(
        ConversationEventsSecret, "ELEVENLABS_CONVERSATION_EVENTS_WEBHOOK_SECRET", "sign what is told of a call while it is held");

    /// <summary>The secret that is sent with the question who calls.</summary>
    /// <exception cref="SettingMissingException">None is configured.</exception>
    public string CallerSecret => SettingMissingException.RequireFirst(
        ConversationInitiationSecret, "ELEVENLABS_CONVERSATION_INITIATION_WEBHOOK_SECRET", "ask who calls");
}

[OptionsValidator]
internal sealed partial class ValidateElevenLabsOptions : IValidateOptions<ElevenLabsOptions>;
