using JackAutomotive.Access;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>What ElevenLabs and we have agreed on.</summary>
internal sealed class ElevenLabsOptions
{
    public const string PostCallSecretSetting = "ELEVENLABS_POST_CALL_WEBHOOK_SECRET";
    public const string AgentIdSetting = "ELEVENLABS_AGENT_ID";
    public const string ConversationEventsSecretSetting = "ELEVENLABS_CONVERSATION_EVENTS_WEBHOOK_SECRET";
    public const string ConversationInitiationSecretSetting = "ELEVENLABS_CONVERSATION_INITIATION_WEBHOOK_SECRET";
    public const string ConversationInitiationHeaderSetting = "ELEVENLABS_CONVERSATION_INITIATION_HEADER";

    /// <summary>
    /// Secrets of the post-call webhook. Several are good at the same time, since rotating means creating a second webhook.
    /// </summary>
    public IReadOnlyList<string> PostCallSecrets { get; set; } = [];

    /// <summary>Our agents; empty: any.</summary>
    public IReadOnlyList<string> AgentIds { get; set; } = [];

    /// <summary>Why there is nobody to give an agent's conversations to; null if there is, or if no agent is named.</summary>
    public string? WhyUnroutable(string? agentId) =>
        agentId is null || AgentIds.Count == 0 || AgentIds.Contains(agentId)
            ? null
            : $"agent_id is none of the agents in {AgentIdSetting}";

    /// <summary>The same of the conversation-events webhook. Without one the service starts, and that webhook is answered 503.</summary>
    public IReadOnlyList<string> ConversationEventsSecrets { get; set; } = [];

    /// <summary>
    /// The same of the conversation-initiation webhook: what its header <see cref="ConversationInitiationHeader"/> holds, or what it is
    /// signed with.
    /// </summary>
    public IReadOnlyList<string> ConversationInitiationSecrets { get; set; } = [];

    /// <summary>The request header that ElevenLabs is configured to send with the conversation-initiation webhook.</summary>
    public string ConversationInitiationHeader { get; set; } = "X-Jack-Secret";

    /// <summary>The secrets that a setting gave.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the settings above.</exception>
    public IReadOnlyList<string> SecretsOf(string setting) => setting switch
    {
        PostCallSecretSetting => PostCallSecrets,
        ConversationEventsSecretSetting => ConversationEventsSecrets,
        ConversationInitiationSecretSetting => ConversationInitiationSecrets,
        _ => throw new ArgumentOutOfRangeException(nameof(setting), setting, "There is no such setting."),
    };
}

internal sealed class ValidateElevenLabsOptions(IHostEnvironment environment) : IValidateOptions<ElevenLabsOptions>
{
    public ValidateOptionsResult Validate(string? name, ElevenLabsOptions options) =>
        SecretList.Require(options.PostCallSecrets, ElevenLabsOptions.PostCallSecretSetting, environment);
}
