using JackAutomotive.WebhookApi.Messaging;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Features.ElevenLabs;

/// <summary>What ElevenLabs and we have agreed on.</summary>
internal sealed class ElevenLabsOptions
{
    public const string PostCallSecretSetting = "ELEVENLABS_POST_CALL_WEBHOOK_SECRET";
    public const string AgentIdSetting = "ELEVENLABS_AGENT_ID";

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
            : $"data.agent_id is none of the agents in {AgentIdSetting}";
}

internal sealed class ValidateElevenLabsOptions(IHostEnvironment environment) : IValidateOptions<ElevenLabsOptions>
{
    public ValidateOptionsResult Validate(string? name, ElevenLabsOptions options) =>
        SecretList.Require(options.PostCallSecrets, ElevenLabsOptions.PostCallSecretSetting, environment);
}
