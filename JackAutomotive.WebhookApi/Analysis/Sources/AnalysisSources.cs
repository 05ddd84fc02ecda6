using JackAutomotive.Analysis;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Leads;
using Microsoft.Extensions.Options;
using NodaTime;
using Npgsql;

namespace JackAutomotive.WebhookApi.Analysis.Sources;

/// <summary>Reads the conversations that are to be analysed.</summary>
internal sealed class AnalysisSources(IOptions<AnalysisOptions> options)
{
    /// <summary>The maximum number of texts before and after a text that count as one conversation with it.</summary>
    internal const int MaxTexts = 500;

    private const string CallSql = """
        SELECT conversations.lead_id, leads.phone, coalesce(started_at, analysed_at), role, message, offset_seconds
        FROM conversations
        JOIN leads ON leads.id = conversations.lead_id
        JOIN conversation_turns USING (conversation_id)
        WHERE conversation_id = $1
        ORDER BY position
        """;

    // Texts that arrived at the same moment have the order of their ids, so that the order never changes. The index messages_of_lead serves
    // both directions.
    private const string TextsSql = """
        WITH anchor AS (SELECT lead_id, received_at, message_sid FROM messages WHERE message_sid = $1),
        nearby AS (
            (SELECT text.* FROM messages AS text JOIN anchor USING (lead_id)
             WHERE (text.received_at, text.message_sid) <= (anchor.received_at, anchor.message_sid)
             ORDER BY text.received_at DESC, text.message_sid DESC LIMIT $2)
            UNION ALL
            (SELECT text.* FROM messages AS text JOIN anchor USING (lead_id)
             WHERE (text.received_at, text.message_sid) > (anchor.received_at, anchor.message_sid)
             ORDER BY text.received_at, text.message_sid LIMIT $2))
        SELECT nearby.lead_id, leads.phone, nearby.received_at, nearby.direction, nearby.body, nearby.message_sid, nearby.channel
        FROM nearby JOIN leads ON leads.id = nearby.lead_id
        ORDER BY nearby.received_at, nearby.message_sid
        """;

    private readonly DateTimeZone _home = DateTimeZoneProviders.Tzdb[options.Value.TimeZone];

    /// <summary>Reads the conversation of a job. Returns null if nothing is stored that could be analysed.</summary>
    /// <param name="createCommand">Creates a command on the connection that is to be used.</param>
    /// <param name="kind">One of <see cref="AnalysisKind"/>.</param>
    /// <param name="subject">The conversation's id, or the MessageSid of any text.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public Task<AnalysisSource?> FindAsync(
        Func<string, NpgsqlCommand> createCommand,
        string kind,
        string subject,
        CancellationToken cancellationToken) =>
        kind == AnalysisKind.Call
            ? FindCallAsync(createCommand, subject, cancellationToken)
            : FindTextsAsync(createCommand, subject, cancellationToken);

    /// <summary>Returns the texts around <paramref name="anchor"/> that no longer pause separates from it.</summary>
    internal static IReadOnlyList<StoredText> TakeConversation(IReadOnlyList<StoredText> texts, string anchor, TimeSpan gap)
    {
        var middle = texts.ToList().FindIndex(text => text.MessageSid == anchor);
        if (middle < 0)
        {
            return [];
        }

        var (first, last) = (middle, middle);
        while (first > 0 && texts[first].ReceivedAt - texts[first - 1].ReceivedAt <= gap)
        {
            first--;
        }

        while (last < texts.Count - 1 && texts[last + 1].ReceivedAt - texts[last].ReceivedAt <= gap)
        {
            last++;
        }

        return [.. texts.Skip(first).Take(last - first + 1)];
    }

    private async Task<AnalysisSource?> FindCallAsync(Func<string, NpgsqlCommand> createCommand, string id, CancellationToken cancellationToken)
    {
        await using var command = createCommand(CallSql);
        command.Parameters.AddText(id);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var turns = new List<Turn>();
        var (lead, phone, startedAt) = (default(LeadId), default(string), default(DateTimeOffset));
        while (await row.ReadAsync(cancellationToken))
        {
            (lead, phone, startedAt) = (new LeadId(row.GetGuid(0)), row.GetTextOrNull(1), row.GetFieldValue<DateTimeOffset>(2));

            // Offsets rise, whatever the provider sends. A turn without words keeps its index.
            var offset = Math.Max(row.GetDouble(5), turns.Count > 0 ? turns[^1].OffsetSeconds : 0);
            turns.Add(new Turn(row.GetString(3) == "user" ? TurnRole.User : TurnRole.Agent, row.GetTextOrNull(4) ?? "", offset));
        }

        return turns.Count == 0
            ? null
            : new AnalysisSource(lead, AnalysisKind.Call, id, new Transcript(turns, startedAt, PhoneTimeZones.Find(phone, _home)), []);
    }

    private async Task<AnalysisSource?> FindTextsAsync(Func<string, NpgsqlCommand> createCommand, string anchor, CancellationToken cancellationToken)
    {
        await using var command = createCommand(TextsSql);
        command.Parameters.AddText(anchor);
        command.Parameters.AddInteger(MaxTexts);
        var nearby = await command.ReadAllAsync(ReadText, cancellationToken);
        // A text without words, such as a picture, is no turn.
        var texts = TakeConversation(nearby, anchor, options.Value.TextGap).Where(text => !string.IsNullOrWhiteSpace(text.Body)).ToList();
        if (texts.Count == 0)
        {
            return null;
        }

        var startedAt = texts[0].ReceivedAt;
        var turns = texts.Select(text => new Turn(
            text.IsInbound ? TurnRole.User : TurnRole.Agent, text.Body, (text.ReceivedAt - startedAt).TotalSeconds, TurnChannel.Sms));
        var zone = PhoneTimeZones.Find(texts[0].LeadPhone, _home);
        return new AnalysisSource(
            texts[0].Lead,
            AnalysisKind.Texts,
            texts[0].MessageSid,
            new Transcript([.. turns], startedAt, zone),
            [.. texts.Select(text => new SourceText(text.MessageSid, text.Channel))]);
    }

    private static StoredText ReadText(NpgsqlDataReader row) => new(
        new LeadId(row.GetGuid(0)),
        row.GetTextOrNull(1),
        row.GetFieldValue<DateTimeOffset>(2),
        row.GetString(3) == "inbound",
        row.GetString(4),
        row.GetString(5),
        row.GetString(6));

    /// <summary>A text of a lead.</summary>
    internal sealed record StoredText(
        LeadId Lead,
        string? LeadPhone,
        DateTimeOffset ReceivedAt,
        bool IsInbound,
        string Body,
        string MessageSid,
        string Channel);
}
