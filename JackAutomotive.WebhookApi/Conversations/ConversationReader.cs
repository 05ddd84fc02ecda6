using System.Text.Json.Serialization;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Leads;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Conversations;

/// <summary>
/// A conversation with its turns. The turns come from the transcript or, until the transcript arrives, from the live reports.
/// </summary>
/// <param name="ConversationId">The provider's id of the conversation.</param>
/// <param name="AgentId">The id of the voice agent.</param>
/// <param name="CallSid">Twilio's id of the telephone call.</param>
/// <param name="Direction">inbound or outbound.</param>
/// <param name="Status">The provider's status, done or failed; null until the transcript arrives.</param>
/// <param name="CallResult">answered, voicemail, busy, no_answer or failed.</param>
/// <param name="StartedAt">When the conversation started, UTC.</param>
/// <param name="DurationSeconds">The length of the conversation.</param>
/// <param name="TerminationReason">Why the conversation ended, in the provider's words.</param>
/// <param name="CallSuccessful">The provider's verdict: success, failure or unknown.</param>
/// <param name="Title">The provider's title.</param>
/// <param name="Summary">The provider's summary.</param>
/// <param name="MatchedBy">The clue that identified the lead.</param>
/// <param name="Contradictions">The weaker clues that name another lead.</param>
/// <param name="Revision">The number of the analysis, from 1; 0 while there is no transcript.</param>
/// <param name="Live">The live state; null if no live report was received.</param>
/// <param name="TurnsAreLive">Whether the turns come from the live reports, because no transcript has arrived.</param>
/// <param name="Turns">The turns, in order.</param>
internal sealed record ConversationDetails(
    string ConversationId,
    string? AgentId,
    string? CallSid,
    string? Direction,
    string? Status,
    string? CallResult,
    DateTimeOffset? StartedAt,
    double? DurationSeconds,
    string? TerminationReason,
    string? CallSuccessful,
    string? Title,
    string? Summary,
    string? MatchedBy,
    IReadOnlyList<Contradiction> Contradictions,
    int Revision,
    LiveDetails? Live,
    bool TurnsAreLive,
    IReadOnlyList<TurnDetails> Turns)
{
    /// <summary>The result of the conversation; null if nothing shows it.</summary>
    [JsonIgnore]
    public CallResult? Result { get; init; }

    /// <summary>Whom the conversation reached, or why it reached nobody.</summary>
    public CallOutcome? Outcome => Result?.Outcome;

    /// <summary>The outcome in words.</summary>
    public string? OutcomeReason => Result?.Reason;

    /// <summary>How the conversation ended.</summary>
    public CallMechanism? Mechanism => Result?.Mechanism;
}

/// <summary>The state of a conversation that follows from its live reports.</summary>
/// <param name="Status">live, ended or assumed ended.</param>
/// <param name="StartedAt">When the conversation started, UTC; null if no start was reported.</param>
/// <param name="EndedAt">When the conversation ended, UTC.</param>
/// <param name="Interruptions">How often the lead interrupted the agent.</param>
/// <param name="SilenceSeconds">The total length of all silences.</param>
/// <param name="TalkRatio">The agent's share of the spoken words, 0 to 1.</param>
internal sealed record LiveDetails(
    string Status,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    int Interruptions,
    double SilenceSeconds,
    double? TalkRatio);

/// <summary>One turn of a conversation. <paramref name="Message"/> is null if the turn has no words.</summary>
internal sealed record TurnDetails(
    int Position,
    string Role,
    string? Message,
    double OffsetSeconds,
    DateTimeOffset? SpokenAt,
    bool Interrupted);

/// <summary>Reads a lead's conversations for our own API.</summary>
internal static class ConversationReader
{
    /// <summary>The maximum number of conversations in a lead's details. The newest conversations are shown, oldest first.</summary>
    internal const int MaxConversations = 50;

    private const string ConversationsSql = """
        SELECT conversation_id, known.agent_id, known.call_sid, direction, known.status, call_result, known.started_at, duration_seconds,
            termination_reason, call_successful, title, summary, revision,
            live.status, live.started_at, live.ended_at, live.interruptions, live.silence_seconds, live.talk_ratio,
            known.matched_by, known.contradictions::text
        FROM (
            SELECT conversation_id, agent_id, call_sid, direction, status, call_result, started_at, duration_seconds, termination_reason,
                call_successful, title, summary, revision, created_at, matched_by, contradictions
            FROM conversations WHERE lead_id = $1
            UNION ALL
            SELECT conversation_id, agent_id, call_sid, NULL, NULL, NULL, started_at, NULL, end_reason, NULL, NULL, NULL, 0, created_at,
                matched_by, contradictions
            FROM live_conversations AS reported
            WHERE lead_id = $1 AND NOT EXISTS (SELECT FROM conversations WHERE conversation_id = reported.conversation_id)
        ) AS known LEFT JOIN live_conversations AS live USING (conversation_id)
        ORDER BY known.created_at DESC LIMIT $2
        """;

    private const string TurnsSql = """
        SELECT conversation_id, position, role, message, offset_seconds, spoken_at, interrupted
        FROM conversation_turns WHERE conversation_id = ANY ($1) ORDER BY conversation_id, position
        """;

    /// <summary>Returns the newest conversations of a lead with their turns.</summary>
    public static async Task<IReadOnlyList<ConversationDetails>> ReadAsync(
        NpgsqlConnection connection,
        LeadId lead,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ConversationsSql, connection);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddInteger(MaxConversations);
        var conversations = await command.ReadAllAsync(ReadConversation, cancellationToken);
        conversations.Reverse(); // From newest first to oldest first.

        await using var turnsCommand = new NpgsqlCommand(TurnsSql, connection);
        turnsCommand.Parameters.AddArray(conversations.Select(conversation => conversation.ConversationId).ToArray(), NpgsqlDbType.Text);
        var storedTurns = await turnsCommand.ReadAllAsync(ReadTurn, cancellationToken);
        var turns = storedTurns.ToLookup(turn => turn.ConversationId, turn => turn.Turn);
        var withoutTranscript = conversations.Where(conversation => conversation.Live is not null && !turns.Contains(conversation.ConversationId));

        await using var liveCommand = new NpgsqlCommand("", connection);
        var liveIds = withoutTranscript.Select(conversation => conversation.ConversationId).ToList();
        var liveReports = await LiveConversationStore.ReadAsync(liveCommand, liveIds, cancellationToken);
        return [.. conversations.Select(conversation => WithResult(conversation with
        {
            TurnsAreLive = liveIds.Contains(conversation.ConversationId),
            Turns = liveIds.Contains(conversation.ConversationId)
                ? ToTurns(LiveConversation.FromReports(liveReports[conversation.ConversationId].Select(entry => entry.Report)))
                : [.. turns[conversation.ConversationId]],
        }))];
    }

    private static ConversationDetails WithResult(ConversationDetails conversation) => conversation with
    {
        Result = ConversationResults.Of(
            conversation.Status,
            conversation.CallResult,
            conversation.TerminationReason,
            conversation.Turns.Any(turn => turn is { Role: "user", Message: not null })),
    };

    private static IReadOnlyList<TurnDetails> ToTurns(LiveState state)
    {
        var start = state.StartedAt ?? (state.Lines.Count > 0 ? state.Lines[0].At : null);
        return [.. state.Lines.Select((line, i) => new TurnDetails(
            i, line.Role, line.Text, Math.Max((line.At - start)?.TotalSeconds ?? 0, 0), line.At, line.Interrupted))];
    }

    private static ConversationDetails ReadConversation(NpgsqlDataReader row) => new(
        row.GetString(0),
        row.GetTextOrNull(1),
        row.GetTextOrNull(2),
        row.GetTextOrNull(3),
        row.GetTextOrNull(4),
        row.GetTextOrNull(5),
        row.GetTimeOrNull(6),
        row.IsDBNull(7) ? null : row.GetDouble(7),
        row.GetTextOrNull(8),
        row.GetTextOrNull(9),
        row.GetTextOrNull(10),
        row.GetTextOrNull(11),
        row.GetTextOrNull(19),
        MatchPath.ParseContradictions(row.GetTextOrNull(20)),
        row.GetInt32(12),
        row.IsDBNull(13)
            ? null
            : new LiveDetails(
                row.GetString(13),
                row.GetTimeOrNull(14),
                row.GetTimeOrNull(15),
                row.GetInt32(16),
                row.GetDouble(17),
                row.IsDBNull(18) ? null : row.GetDouble(18)),
        TurnsAreLive: false,
        []);

    private static (string ConversationId, TurnDetails Turn) ReadTurn(NpgsqlDataReader row) => (
        row.GetString(0),
        new TurnDetails(row.GetInt32(1), row.GetString(2), row.GetTextOrNull(3), row.GetDouble(4), row.GetTimeOrNull(5), row.GetBoolean(6)));
}
