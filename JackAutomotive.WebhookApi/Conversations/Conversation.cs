using JackAutomotive.Contract;

namespace JackAutomotive.WebhookApi.Features.Conversations;

/// <summary>A finished call as it is stored.</summary>
/// <param name="ConversationId">The provider's id.</param>
/// <param name="Lead">With whom.</param>
/// <param name="MatchedBy">Which clue led to the lead.</param>
/// <param name="AgentId">The voice agent.</param>
/// <param name="CallSid">The telephone call, if there was one.</param>
/// <param name="Direction">inbound or outbound.</param>
/// <param name="ExternalNumber">The customer's number as the provider wrote it.</param>
/// <param name="Status">done or failed.</param>
/// <param name="CallResult">answered, voicemail, busy, no_answer or failed.</param>
/// <param name="StartedAt">When the call began.</param>
/// <param name="DurationSeconds">How long it took.</param>
/// <param name="TerminationReason">Why it ended, in the provider's words.</param>
/// <param name="CallSuccessful">The provider's verdict: success, failure or unknown.</param>
/// <param name="Title">The provider's title.</param>
/// <param name="Summary">The provider's summary.</param>
/// <param name="AnalysedAt">When the provider made this analysis. A newer one replaces it.</param>
/// <param name="Revision">1 for the first analysis.</param>
/// <param name="Turns">What was said; null when the provider was told to leave it out.</param>
internal sealed record Conversation(
    string ConversationId,
    LeadId Lead,
    string MatchedBy,
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

/// <summary>One turn.</summary>
/// <param name="Position">Its place, from 0.</param>
/// <param name="Role">user or agent.</param>
/// <param name="Message">What was said, or null.</param>
/// <param name="OffsetSeconds">Since the start of the call.</param>
/// <param name="SpokenAt">The same as a time, if the start is known.</param>
/// <param name="Interrupted">The other side cut it off.</param>
internal sealed record ConversationTurn(
    int Position,
    string Role,
    string? Message,
    double OffsetSeconds,
    DateTimeOffset? SpokenAt,
    bool Interrupted);
