using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Outbound.Gates;

namespace JackAutomotive.WebhookApi.Outbound.Jobs;

/// <summary>What a job does.</summary>
internal static class OutboundKinds
{
    public const string Text = "text";
    public const string Call = "call";

    public static OutboundChannel ToChannel(string kind) => kind == Call ? OutboundChannel.Call : OutboundChannel.Text;
}

/// <summary>The states of a job.</summary>
internal static class OutboundStates
{
    /// <summary>The job waits for its time or for a worker.</summary>
    public const string Queued = "queued";

    /// <summary>A gate is shut. The job waits until it opens.</summary>
    public const string Held = "held";

    /// <summary>The provider is being called. Committed before the call, so that a crash never hides a send.</summary>
    public const string Sending = "sending";

    /// <summary>The provider's answer is lost. The provider is asked what became of the attempt.</summary>
    public const string Unknown = "unknown";

    /// <summary>The provider has accepted the text or the call, and its result is not known yet.</summary>
    public const string Sent = "sent";

    /// <summary>The text was delivered, or the call was answered.</summary>
    public const string Done = "done";

    /// <summary>The text or call failed for good.</summary>
    public const string Failed = "failed";

    /// <summary>A person, the lead's opt-out or a gate withdrew the job before it went out.</summary>
    public const string Withdrawn = "withdrawn";

    public static readonly IReadOnlyList<string> All = [Queued, Held, Sending, Unknown, Sent, Done, Failed, Withdrawn];
}

/// <summary>What asked for a job.</summary>
internal static class OutboundCauses
{
    public const string Api = "api";

    /// <summary>A text, because the last attempt at a call reached nobody.</summary>
    public const string MissedCall = "missed_call";

    /// <summary>A call, because the number gets no texts.</summary>
    public const string UntextableNumber = "untextable_number";
}

/// <summary>What a job sends.</summary>
/// <param name="Body">The words of a text; null for a call.</param>
/// <param name="MediaUrls">The addresses of the attachments of a text.</param>
/// <param name="AgentId">The agent of a call; null for the configured one.</param>
/// <param name="CallReason">Why the lead is called, for the agent.</param>
/// <param name="Variables">More variables for the agent, as a JSON object of strings, numbers and booleans; null if there are none.</param>
internal sealed record OutboundContent(
    string? Body,
    IReadOnlyList<string> MediaUrls,
    string? AgentId = null,
    string? CallReason = null,
    string? Variables = null)
{
    public static OutboundContent Text(string body) => new(body, []);
}

/// <summary>A text or a call that is to go out.</summary>
/// <param name="Lead">The lead.</param>
/// <param name="Kind">One of <see cref="OutboundKinds"/>.</param>
/// <param name="Channel">sms, whatsapp, voice and others.</param>
/// <param name="Address">The address.</param>
/// <param name="Content">What is sent.</param>
/// <param name="Cause">One of <see cref="OutboundCauses"/>, or another rule's name.</param>
/// <param name="CreatedBy">The name of the API key, or of the part of this service that asked for the job.</param>
internal sealed record NewOutboundJob(
    LeadId Lead,
    string Kind,
    string Channel,
    ChannelAddress Address,
    OutboundContent Content,
    string Cause,
    string CreatedBy)
{
    /// <summary>When the text or call goes out at the earliest; null for at once.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>The job that caused this one. A rule makes at most one job from another.</summary>
    public Guid? CausedBy { get; init; }

    /// <summary>The caller's key and the hash of the request, if the caller gave a key.</summary>
    public (string Key, byte[] RequestHash)? Idempotency { get; init; }
}

/// <summary>A job that this instance has claimed.</summary>
/// <param name="Id">The id of the job.</param>
/// <param name="Claim">The number of this claim. The id and this number together identify the claim.</param>
/// <param name="State">The state before the claim.</param>
/// <param name="Attempts">The number of attempts so far.</param>
/// <param name="Lead">The lead.</param>
/// <param name="Kind">One of <see cref="OutboundKinds"/>.</param>
/// <param name="Channel">sms, whatsapp, voice and others.</param>
/// <param name="Address">The address.</param>
/// <param name="Content">What is sent.</param>
/// <param name="CreatedAt">When the job was asked for.</param>
/// <param name="TraceParent">The W3C trace context of the request, or null.</param>
internal sealed record OutboundJob(
    Guid Id,
    int Claim,
    string State,
    int Attempts,
    LeadId Lead,
    string Kind,
    string Channel,
    ChannelAddress Address,
    OutboundContent Content,
    DateTimeOffset CreatedAt,
    string? TraceParent)
{
    /// <summary>The recipient as the provider expects it.</summary>
    public string Recipient => Address.ToRecipient(Channel);
}

/// <summary>The latest attempt at a job.</summary>
/// <param name="Number">The number of the attempt, from 1.</param>
/// <param name="StartedAt">When the provider was called.</param>
/// <param name="Lookups">How often the provider was asked what became of the attempt.</param>
internal sealed record OutboundAttempt(int Number, DateTimeOffset StartedAt, int Lookups);
