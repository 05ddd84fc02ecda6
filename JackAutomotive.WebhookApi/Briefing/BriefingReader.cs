using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Analysis;
using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Leads;
using Microsoft.Extensions.Options;
using NodaTime;
using Npgsql;

namespace JackAutomotive.WebhookApi.Briefing;

/// <summary>Whom a briefing is about: the lead with this id, or else with this address.</summary>
/// <param name="Lead">The lead's id.</param>
/// <param name="Address">An address of the lead.</param>
/// <param name="CallSid">The call that begins now; it is no earlier conversation.</param>
internal sealed record BriefingSubject(LeadId? Lead, ChannelAddress? Address = null, string? CallSid = null);

/// <summary>Reads everything that a briefing contains, in one round trip.</summary>
internal sealed class BriefingReader(NpgsqlDataSource database, IOptions<AnalysisOptions> analysis)
{
    /// <summary>The upper limit of the text count and of the call count. The limit keeps the query cheap for a lead with a long history.</summary>
    internal const int CountLimit = 1000;

    /// <summary>The maximum number of texts, and of turns of calls, that a briefing chooses from.</summary>
    internal const int MaxUtterances = 30;

    // Some more than a briefing shows, so that a cut ends with a whole word.
    private const int MaxCharacters = 1200;
    private const int MaxLines = 20;
    private const int MaxConversations = 6;
    private const int MaxReports = 300;

    private const string AnswerSql = "SELECT answer FROM initiation_sessions WHERE call_sid = $1";

    // An address that several people share identifies no lead, so the agent receives no lead's history.
    private const string Subject = """
        coalesce(current_lead($1), (SELECT lead_id FROM lead_addresses WHERE kind = $2 AND address = $3
            AND NOT EXISTS (SELECT FROM shared_addresses WHERE kind = $2 AND address = $3)))
        """;

    private const string LeadSql = $"""
        SELECT id, phone,
            (SELECT count(*) FROM (SELECT FROM messages WHERE lead_id = leads.id LIMIT $4) AS counted),
            (SELECT count(*) FROM (SELECT FROM conversations WHERE lead_id = leads.id LIMIT $4) AS counted),
            (SELECT coalesce(started_at, created_at) FROM conversations WHERE lead_id = leads.id ORDER BY created_at DESC LIMIT 1),
            (SELECT label FROM lead_sentiments WHERE lead_id = leads.id)
        FROM leads WHERE id = {Subject}
        """;

    // Each fact as JSON, the name first.
    private const string FactsSql = $"""
        SELECT 'name', to_jsonb(name)::text FROM leads WHERE id = {Subject} AND name IS NOT NULL
        UNION ALL
        (SELECT field, value::text FROM lead_profile_fields WHERE lead_id = {Subject} AND field <> 'name' ORDER BY field)
        """;

    private const string NotesSql = $"""
        SELECT updated_at, author, left(text, $4) FROM lead_notes WHERE lead_id = {Subject} ORDER BY is_pinned DESC, created_at DESC, id DESC LIMIT $5
        """;

    // The newest wishes. A wish may be in the ledger twice, as a keyword and as the provider's reading of it: both have the same time.
    private const string WishesSql = $"""
        SELECT DISTINCT ON (said_at) said_at, coalesce(channel, 'unknown'), change = 'opt_in', coalesce(left(words, $4), '')
        FROM consent_entries WHERE lead_id = {Subject} ORDER BY said_at DESC, change DESC LIMIT least($5, 3)
        """;

    private const string PromisesSql = $"""
        SELECT owner = 'staff', left(text, $4), due_at FROM action_items WHERE lead_id = {Subject} AND state = 'open'
        ORDER BY due_at NULLS LAST, created_at DESC, id DESC LIMIT $5
        """;

    private const string TextsSql = $"""
        SELECT received_at, direction = 'inbound', channel, left(body, $4) FROM messages WHERE lead_id = {Subject}
        ORDER BY received_at DESC, id DESC LIMIT $5
        """;

    private const string TurnsSql = $"""
        SELECT coalesce(spoken_at, coalesce(started_at, created_at) + make_interval(secs => offset_seconds)) AS at, role = 'user', left(message, $4)
        FROM (
            SELECT conversation_id, started_at, created_at FROM conversations WHERE lead_id = {Subject} ORDER BY created_at DESC LIMIT 2) AS call
        JOIN conversation_turns USING (conversation_id)
        WHERE message IS NOT NULL ORDER BY created_at DESC, position DESC LIMIT $5
        """;

    // The newest call whose transcript has not arrived. A customer whose call broke off calls again at once.
    private const string ReportsSql = $"""
        SELECT conversation_id, report_key, kind, occurred_at, event_id, number, words, original_words, seconds
        FROM live_reports
        WHERE kind IN ('{LiveReportKinds.User}', '{LiveReportKinds.Agent}', '{LiveReportKinds.Correction}') AND conversation_id = (
            SELECT conversation_id FROM live_conversations AS held
            WHERE lead_id = {Subject} AND ($5::text IS NULL OR call_sid IS DISTINCT FROM $5)
                AND NOT EXISTS (SELECT FROM conversations WHERE conversation_id = held.conversation_id)
            ORDER BY created_at DESC LIMIT 1)
        ORDER BY occurred_at DESC, report_key DESC LIMIT $4
        """;

    private const string ConversationsSql = $"""
        (SELECT coalesce(call.started_at, call.created_at) AS at, 'voice', left(call.summary, $4),
            CASE WHEN call.summary IS NULL THEN found.insights::text END
         FROM (SELECT * FROM conversations WHERE lead_id = {Subject} ORDER BY created_at DESC LIMIT $5) AS call
         LEFT JOIN conversation_analyses AS found ON found.kind = 'call' AND found.subject = call.conversation_id)
        UNION ALL
        (SELECT found.started_at, coalesce(text.channel, 'sms'), NULL, found.insights::text
         FROM (
            SELECT * FROM conversation_analyses WHERE lead_id = {Subject} AND kind = 'texts' ORDER BY ended_at DESC, id DESC LIMIT $5) AS found
         LEFT JOIN messages AS text ON text.message_sid = found.subject)
        ORDER BY at DESC
        """;

    private readonly DateTimeZone _home = DateTimeZoneProviders.Tzdb[analysis.Value.TimeZone];

    /// <summary>Returns the stored answer to the initiation of this call, and what is known of the lead. Each is null if there is none.</summary>
    public async Task<(string? Answer, BriefingState? State)> ReadAsync(BriefingSubject subject, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch();
        AddCommand(batch, AnswerSql).AddText(subject.CallSid);
        AddAboutLead(batch, LeadSql, subject).AddInteger(CountLimit);
        AddAboutLead(batch, FactsSql, subject);
        AddAboutLead(batch, WishesSql, subject, MaxLines);
        AddAboutLead(batch, PromisesSql, subject, MaxLines);
        AddAboutLead(batch, NotesSql, subject, MaxLines);
        AddAboutLead(batch, TextsSql, subject, MaxUtterances);
        AddAboutLead(batch, TurnsSql, subject, MaxUtterances);
        var reports = AddAboutLead(batch, ReportsSql, subject);
        reports.AddInteger(MaxReports);
        reports.AddText(subject.CallSid);
        AddAboutLead(batch, ConversationsSql, subject, MaxConversations);

        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        var answer = (await ReadAllAsync(row, found => found.GetTextOrNull(0), cancellationToken)).SingleOrDefault();
        await row.NextResultAsync(cancellationToken);
        if ((await ReadAllAsync(row, ReadLead, cancellationToken)).SingleOrDefault() is not { } lead)
        {
            return (answer, null);
        }

        async Task<List<T>> ReadNextAsync<T>(Func<NpgsqlDataReader, T> read)
        {
            await row.NextResultAsync(cancellationToken);
            return await ReadAllAsync(row, read, cancellationToken);
        }

        var facts = await ReadNextAsync(ReadFact);
        var wishes = await ReadNextAsync(ReadWish);
        var promises = await ReadNextAsync(ReadPromise);
        var notes = await ReadNextAsync(ReadNote);
        var texts = await ReadNextAsync(ReadText);
        var turns = await ReadNextAsync(ReadTurn);
        var lines = LiveConversation.FromReports(await ReadNextAsync(LiveConversationStore.ReadReport)).Lines;
        var conversations = await ReadNextAsync(ReadConversation);
        return (answer, lead with
        {
            Facts = facts,
            ContactWishes = wishes,
            Promises = promises,
            Notes = notes,
            Utterances = MergeUtterances(texts, turns, lines),
            Conversations = [.. conversations.Where(held => held.Summary is not null || held.Phrases.Count > 0)],
        });
    }

    // The newest first. Turns of one call may have the same time: the turn that was said later comes first, as the query returns it.
    private static IReadOnlyList<Utterance> MergeUtterances(List<Utterance> texts, List<Utterance> turns, IReadOnlyList<LiveLine> lines) =>
    [
        .. lines.Reverse().Select(line => new Utterance(line.At, line.Role == "user", ChannelAddress.Voice, line.Text))
            .Concat(turns)
            .Concat(texts)
            .OrderByDescending(said => said.At)
            .Take(MaxUtterances),
    ];

    private static NpgsqlParameterCollection AddCommand(NpgsqlBatch batch, string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        batch.BatchCommands.Add(command);
        return command.Parameters;
    }

    private static NpgsqlParameterCollection AddAboutLead(NpgsqlBatch batch, string sql, BriefingSubject subject)
    {
        var parameters = AddCommand(batch, sql);
        parameters.AddUuid(subject.Lead?.Value);
        parameters.AddText(subject.Address?.Kind);
        parameters.AddText(subject.Address?.Address);
        return parameters;
    }

    private static void AddAboutLead(NpgsqlBatch batch, string sql, BriefingSubject subject, int maxRows)
    {
        var parameters = AddAboutLead(batch, sql, subject);
        parameters.AddInteger(MaxCharacters);
        parameters.AddInteger(maxRows);
    }

    private static async Task<List<T>> ReadAllAsync<T>(NpgsqlDataReader row, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        var all = new List<T>();
        while (await row.ReadAsync(cancellationToken))
        {
            all.Add(read(row));
        }

        return all;
    }

    private static KnownFact ReadFact(NpgsqlDataReader row)
    {
        using var value = JsonDocument.Parse(row.GetString(1));
        return KnownFacts.From(row.GetString(0), value.RootElement);
    }

    private static ContactWish ReadWish(NpgsqlDataReader row) =>
        new(row.GetFieldValue<DateTimeOffset>(0), row.GetString(1), row.GetBoolean(2), row.GetString(3));

    private static OpenPromise ReadPromise(NpgsqlDataReader row) => new(row.GetBoolean(0), row.GetString(1), row.GetTimeOrNull(2));

    private static StaffNote ReadNote(NpgsqlDataReader row) => new(row.GetFieldValue<DateTimeOffset>(0), row.GetString(1), row.GetString(2));

    private static Utterance ReadText(NpgsqlDataReader row) =>
        new(row.GetFieldValue<DateTimeOffset>(0), row.GetBoolean(1), row.GetString(2), row.GetString(3));

    private static Utterance ReadTurn(NpgsqlDataReader row) =>
        new(row.GetFieldValue<DateTimeOffset>(0), row.GetBoolean(1), ChannelAddress.Voice, row.GetString(2));

    private static EarlierConversation ReadConversation(NpgsqlDataReader row) => new(
        row.GetFieldValue<DateTimeOffset>(0),
        row.GetString(1),
        row.GetTextOrNull(2),
        row.GetTextOrNull(3) is { } insights ? ReadPhrases(insights) : []);

    private static IReadOnlyList<string> ReadPhrases(string insights)
    {
        using var found = JsonDocument.Parse(insights);
        return [.. found.RootElement.GetProperty("keyPhrases").EnumerateArray().Take(8).Select(phrase => phrase.GetProperty("text").GetString()!)];
    }

    private BriefingState ReadLead(NpgsqlDataReader row) => new(new LeadId(row.GetGuid(0)), PhoneTimeZones.Find(row.GetTextOrNull(1), _home))
    {
        HasPhone = !row.IsDBNull(1),
        TextCount = row.GetInt64(2),
        CallCount = row.GetInt64(3),
        LastCallAt = row.GetTimeOrNull(4),
        Sentiment = row.GetTextOrNull(5),
    };
}
