using JackAutomotive.Access;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>Options of the ElevenLabs integration: webhook secrets and agents.</summary>
internal sealed class ElevenLabsOptions
{
    public const string PostCallSecretSetting = "ELEVENLABS_POST_CALL_WEBHOOK_SECRET";
    public const string AgentIdSetting = "ELEVENLABS_AGENT_ID";
    public const string ConversationEventsSecretSetting = "ELEVENLABS_CONVERSATION_EVENTS_WEBHOOK_SECRET";
    public const string ConversationInitiationSecretSetting = "ELEVENLABS_CONVERSATION_INITIATION_WEBHOOK_SECRET";
    public const string ConversationInitiationHeaderSetting = "ELEVENLABS_CONVERSATION_INITIATION_HEADER";

    public const string ApiKeySetting = "ELEVENLABS_API_KEY";
    public const string ApiBaseUrlSetting = "ELEVENLABS_API_BASE_URL";
    public const string PhoneNumberIdSetting = "ELEVENLABS_PHONE_NUMBER_ID";
    public const string FirstMessageSetting = "ELEVENLABS_OUTBOUND_FIRST_MESSAGE";

    /// <summary>The agent that calls while none is configured. The AppHost sets it for the simulator.</summary>
    public const string SimulatedAgentSetting = "Outbound:SimulatedAgentId";

    /// <summary>
    /// The secrets of the post-call webhook. All of them are valid at the same time, because a new secret at ElevenLabs requires a second
    /// webhook.
    /// </summary>
    public IReadOnlyList<string> PostCallSecrets { get; set; } = [];

    /// <summary>The ids of our agents. If empty, deliveries of every agent are accepted.</summary>
    public IReadOnlyList<string> AgentIds { get; set; } = [];

    /// <summary>
    /// Returns why a conversation is unroutable; null if one of its agents is ours, or if the webhook names no agent.
    /// </summary>
    /// <param name="agentIds">The agents that took part; null for an agent that is not named.</param>
    public string? FindUnroutableReason(IReadOnlyList<string?> agentIds) =>
        AgentIds.Count == 0 || agentIds.All(id => id is null) || agentIds.Any(id => AgentIds.Contains(id))
            ? null
            : $"agent_id is none of the agents in {AgentIdSetting}";

    /// <summary>The secrets of the conversation-events webhook. If empty, the service starts and answers 503 to this webhook.</summary>
    public IReadOnlyList<string> ConversationEventsSecrets { get; set; } = [];

    /// <summary>
    /// The secrets of the conversation-initiation webhook. The header <see cref="ConversationInitiationHeader"/> contains a secret, or the
    /// request is signed with a secret. If empty, the service starts and answers 503 to this webhook.
    /// </summary>
    public IReadOnlyList<string> ConversationInitiationSecrets { get; set; } = [];

    /// <summary>The request header that ElevenLabs is configured to send with the conversation-initiation webhook.</summary>
    public string ConversationInitiationHeader { get; set; } = "X-Jack-Secret";

    /// <summary>The key of the REST API; null if no calls can be started.</summary>
    public string? ApiKey { get; set; }

    /// <summary>The address of the REST API.</summary>
    public Uri ApiBaseUrl { get; set; } = new("https://api.elevenlabs.io");

    /// <summary>ElevenLabs' id of the number that calls; null to find it by our number.</summary>
    public string? PhoneNumberId { get; set; }

    /// <summary>
    /// The first words of the agent in an outbound call; null for the agent's own. The agent's settings must allow this override, or the call fails.
    /// </summary>
    public string? FirstMessage { get; set; }

    /// <summary>The agent that calls if a request names none: the first configured one.</summary>
    public string? CallingAgent { get; set; }

    /// <summary>Returns the secrets from a setting.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The name is not one of the secret settings above.</exception>
    public IReadOnlyList<string> GetSecrets(string setting) => setting switch
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
