using System.Text.Json.Serialization;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Leads;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Calls;

/// <summary>The state of a telephone call, with its recordings.</summary>
/// <param name="CallSid">Twilio's id of the call.</param>
/// <param name="Direction">inbound, outbound-api or outbound-dial.</param>
/// <param name="From">The calling number in Twilio's spelling.</param>
/// <param name="To">The called number in Twilio's spelling.</param>
/// <param name="Status">The furthest reported status, see <see cref="CallProgress"/>.</param>
/// <param name="RingingAt">When the call first rang, UTC.</param>
/// <param name="AnsweredAt">When the call was answered, UTC.</param>
/// <param name="EndedAt">When the call ended, UTC.</param>
/// <param name="RingSeconds">Seconds from the first ring to the answer or the end.</param>
/// <param name="TalkSeconds">Seconds from the answer to the end.</param>
/// <param name="AnsweredBy">The result of answering machine detection (human, a machine and so on), if it was enabled.</param>
/// <param name="SipResponseCode">The SIP response code; reported at the end of some calls.</param>
/// <param name="Result">Whom the call reached; null while it has no result.</param>
/// <param name="MatchedBy">The clue that identified the lead.</param>
/// <param name="Contradictions">The weaker clues that name another lead.</param>
/// <param name="Recordings">The recordings of the call, and of the conferences that it took part in, oldest first.</param>
internal sealed record CallDetails(
    string CallSid,
    string? Direction,
    string? From,
    string? To,
    string? Status,
    DateTimeOffset? RingingAt,
    DateTimeOffset? AnsweredAt,
    DateTimeOffset? EndedAt,
    double? RingSeconds,
    double? TalkSeconds,
    string? AnsweredBy,
    string? SipResponseCode,
    [property: JsonIgnore] CallResult? Result,
    string? MatchedBy,
    IReadOnlyList<Contradiction> Contradictions,
    IReadOnlyList<RecordingDetails> Recordings)
{
    /// <summary>Whom the call reached, or why it reached nobody.</summary>
    public CallOutcome? Outcome => Result?.Outcome;

    /// <summary>The outcome in words.</summary>
    public string? OutcomeReason => Result?.Reason;

    /// <summary>How the call ended.</summary>
    public CallMechanism? Mechanism => Result?.Mechanism;
}

/// <summary>A recording of a call or of a conference. Twilio stores the audio itself.</summary>
internal sealed record RecordingDetails(
    string RecordingSid,
    string? ConferenceSid,
    string? Status,
    int? DurationSeconds,
    int? Channels,
    DateTimeOffset? StartedAt);

/// <summary>Reads a lead's calls for our own API.</summary>
internal static class CallReader
{
    /// <summary>The maximum number of calls in a lead's details. The newest calls are shown, oldest first.</summary>
    internal const int MaxCalls = 50;

    private const string CallsSql = """
        SELECT call_sid, direction, from_number, to_number, status, ringing_at, answered_at, ended_at, ring_seconds, talk_seconds,
            answered_by, sip_response_code, matched_by, contradictions::text
        FROM calls WHERE lead_id = $1 ORDER BY created_at DESC, call_sid DESC LIMIT $2
        """;

    private const string RecordingsSql = """
        SELECT call_sid, recording_sid, conference_sid, status, duration_seconds, channels, started_at, created_at
        FROM recordings WHERE call_sid = ANY ($1)
        UNION ALL
        SELECT taking_part.call_sid, recording_sid, conference_sid, status, duration_seconds, channels, started_at, created_at
        FROM call_conferences AS taking_part JOIN recordings USING (conference_sid)
        WHERE taking_part.call_sid = ANY ($1) AND recordings.call_sid IS DISTINCT FROM taking_part.call_sid
        ORDER BY created_at, recording_sid
        """;

    /// <summary>Returns a lead's newest calls with their recordings.</summary>
    public static async Task<IReadOnlyList<CallDetails>> ReadAsync(
        NpgsqlConnection connection,
        LeadId lead,
        CancellationToken cancellationToken)
    {
        var calls = await ReadCallsAsync(connection, lead, cancellationToken);
        var recordings = await ReadRecordingsAsync(connection, [.. calls.Select(call => call.CallSid)], cancellationToken);
        return [.. calls.Select(call => call with { Recordings = [.. recordings[call.CallSid]] }).Reverse()];
    }

    private static async Task<List<CallDetails>> ReadCallsAsync(
        NpgsqlConnection connection,
        LeadId lead,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(CallsSql, connection);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddInteger(MaxCalls);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var newestFirst = new List<CallDetails>();
        while (await row.ReadAsync(cancellationToken))
        {
            newestFirst.Add(new CallDetails(
                row.GetString(0),
                row.GetTextOrNull(1),
                row.GetTextOrNull(2),
                row.GetTextOrNull(3),
                row.GetTextOrNull(4),
                row.GetTimeOrNull(5),
                row.GetTimeOrNull(6),
                row.GetTimeOrNull(7),
                GetDoubleOrNull(row, 8),
                GetDoubleOrNull(row, 9),
                row.GetTextOrNull(10),
                row.GetTextOrNull(11),
                CallResults.Of(row.GetTextOrNull(4), row.GetTextOrNull(10), row.GetTextOrNull(11)),
                row.GetTextOrNull(12),
                MatchPath.ParseContradictions(row.GetTextOrNull(13)),
                []));
        }

        return newestFirst;
    }

    private static async Task<ILookup<string, RecordingDetails>> ReadRecordingsAsync(
        NpgsqlConnection connection,
        string[] callSids,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(RecordingsSql, connection);
        command.Parameters.AddArray(callSids, NpgsqlDbType.Text);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var recordings = new List<(string CallSid, RecordingDetails Recording)>();
        while (await row.ReadAsync(cancellationToken))
        {
            recordings.Add((row.GetString(0), new RecordingDetails(
                row.GetString(1),
                row.GetTextOrNull(2),
                row.GetTextOrNull(3),
                row.IsDBNull(4) ? null : row.GetInt32(4),
                row.IsDBNull(5) ? null : row.GetInt32(5),
                row.GetTimeOrNull(6))));
        }

        return recordings.ToLookup(entry => entry.CallSid, entry => entry.Recording);
    }

    private static double? GetDoubleOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetDouble(column);
}
