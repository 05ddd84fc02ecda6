using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.WebhookApi.Conversations;

/// <summary>A finished conversation and the provider's analysis of it, as stored.</summary>
/// <param name="ConversationId">The provider's id of the conversation.</param>
/// <param name="Lead">The lead that took part.</param>
/// <param name="Path">How the lead was identified.</param>
/// <param name="AgentId">The id of the voice agent.</param>
/// <param name="CallSid">The CallSid of the telephone call, or null if there was none.</param>
/// <param name="Direction">inbound or outbound.</param>
/// <param name="ExternalNumber">The lead's phone number in the provider's spelling.</param>
/// <param name="Status">done or failed.</param>
/// <param name="CallResult">answered, voicemail, busy, no_answer or failed.</param>
/// <param name="StartedAt">When the call started.</param>
/// <param name="DurationSeconds">The length of the call.</param>
/// <param name="TerminationReason">Why the call ended, in the provider's words.</param>
/// <param name="CallSuccessful">The provider's verdict: success, failure or unknown.</param>
/// <param name="Title">The provider's title.</param>
/// <param name="Summary">The provider's summary.</param>
/// <param name="AnalysedAt">When the provider made this analysis. A newer analysis replaces it.</param>
/// <param name="Revision">1 for the first analysis.</param>
/// <param name="Turns">The transcript, or null if the provider is configured to omit the transcript.</param>
internal sealed record Conversation(
    string ConversationId,
    LeadId Lead,
    MatchPath Path,
    string? AgentId,
    string? CallSid,
    string? Direction,
    string? ExternalNumber,
    string? Status,
    string? CallResult,
    DateTimeOffset? StartedAt,
    double? DurationSeconds,
    string? TerminationReason,
    string? CallSuccessful,
    string? Title,
    string? Summary,
    DateTimeOffset AnalysedAt,
    int Revision,
    IReadOnlyList<ConversationTurn>? Turns);

/// <summary>One turn of a transcript.</summary>
/// <param name="Position">The position of the turn in the transcript, from 0.</param>
/// <param name="Role">user or agent.</param>
/// <param name="Message">The spoken words, or null.</param>
/// <param name="OffsetSeconds">Seconds from the start of the call to the turn.</param>
/// <param name="SpokenAt">The time of the turn, or null if the start of the call is not known.</param>
/// <param name="Interrupted">Whether the other side interrupted the turn.</param>
internal sealed record ConversationTurn(
    int Position,
    string Role,
    string? Message,
    double OffsetSeconds,
    DateTimeOffset? SpokenAt,
    bool Interrupted);
