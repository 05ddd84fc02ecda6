using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Database;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Features.Calls;

/// <summary>A telephone call as it stands.</summary>
/// <param name="CallSid">Twilio's id.</param>
/// <param name="Direction">inbound, outbound-api, outbound-dial.</param>
/// <param name="From">As Twilio writes it.</param>
/// <param name="To">As Twilio writes it.</param>
/// <param name="Status">See <see cref="CallProgress"/>.</param>
/// <param name="RingingAt">When it first rang, UTC.</param>
/// <param name="AnsweredAt">When somebody answered, UTC.</param>
/// <param name="EndedAt">When it ended, UTC.</param>
/// <param name="RingSeconds">Until the answer or the end.</param>
/// <param name="TalkSeconds">From the answer to the end.</param>
/// <param name="AnsweredBy">human, a machine, and so on, if that was looked for.</param>
/// <param name="Recordings">Oldest first.</param>
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
    IReadOnlyList<RecordingDetails> Recordings);

/// <summary>What was recorded of a call. The sound itself is at Twilio.</summary>
internal sealed record RecordingDetails(
    string RecordingSid,
    string? Status,
    int? DurationSeconds,
    int? Channels,
    DateTimeOffset? StartedAt);

/// <summary>Reads a lead's calls for our own API.</summary>
internal static class CallReader
{
    /// <summary>Calls shown with a lead: the newest this many, oldest first.</summary>
    internal const int MaxCalls = 50;

    private const string CallsSql = """
        SELECT call_sid, direction, from_number, to_number, status, ringing_at, answered_at, ended_at, ring_seconds, talk_seconds,
            answered_by
        FROM calls WHERE lead_id = $1 ORDER BY created_at DESC, call_sid DESC LIMIT $2
        """;

    private const string RecordingsSql = """
        SELECT call_sid, recording_sid, status, duration_seconds, channels, started_at
        FROM recordings WHERE call_sid = ANY ($1) ORDER BY created_at, recording_sid
        """;

    /// <summary>The newest calls of a lead with their recordings.</summary>
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
                row.TextOrNull(1),
                row.TextOrNull(2),
                row.TextOrNull(3),
                row.TextOrNull(4),
                row.TimeOrNull(5),
                row.TimeOrNull(6),
                row.TimeOrNull(7),
                Number(row, 8),
                Number(row, 9),
                row.TextOrNull(10),
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
        var all = new List<(string CallSid, RecordingDetails Recording)>();
        while (await row.ReadAsync(cancellationToken))
        {
            all.Add((row.GetString(0), new RecordingDetails(
                row.GetString(1),
                row.TextOrNull(2),
                row.IsDBNull(3) ? null : row.GetInt32(3),
                row.IsDBNull(4) ? null : row.GetInt32(4),
                row.TimeOrNull(5))));
        }

        return all.ToLookup(item => item.CallSid, item => item.Recording);
    }

    private static double? Number(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetDouble(column);
}
