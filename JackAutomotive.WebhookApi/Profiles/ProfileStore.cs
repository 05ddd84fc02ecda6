using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Profiles.Parsing;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Profiles;

/// <summary>Stores what was stated about leads, and the values that count.</summary>
internal static class ProfileStore
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    private const string DeleteConversationSql = """
        DELETE FROM lead_profile_values WHERE conversation_id = $1 AND conversation_id <> '' RETURNING lead_id
        """;

    private const string AddSql = """
        INSERT INTO lead_profile_values (
            lead_id, field, source, conversation_id, raw, value, problem, assumption, confidence, evidence, person, reason, stated_at, delivery_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ON CONFLICT (lead_id, field, source, conversation_id) DO UPDATE SET
            raw = EXCLUDED.raw, value = EXCLUDED.value, problem = EXCLUDED.problem, assumption = EXCLUDED.assumption,
            confidence = EXCLUDED.confidence, evidence = EXCLUDED.evidence, person = EXCLUDED.person, reason = EXCLUDED.reason,
            stated_at = EXCLUDED.stated_at, delivery_id = EXCLUDED.delivery_id
        """;

    private const string WithdrawSql = "DELETE FROM lead_profile_values WHERE lead_id = $1 AND field = $2 AND source = 'person'";

    private const string LockLeadSql = "SELECT id FROM leads WHERE id = $1 FOR NO KEY UPDATE";

    private const string StatementsSql = """
        SELECT field, source, conversation_id, raw, value, problem, assumption, confidence, evidence, person, reason, stated_at
        FROM lead_profile_values WHERE lead_id = $1
        """;

    private const string FieldsSql =
        "SELECT field, value, source, conversation_id, confidence, stated_at FROM lead_profile_fields WHERE lead_id = $1";

    private const string SaveFieldSql = """
        INSERT INTO lead_profile_fields (lead_id, field, value, source, conversation_id, confidence, stated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (lead_id, field) DO UPDATE SET
            value = EXCLUDED.value, source = EXCLUDED.source, conversation_id = EXCLUDED.conversation_id, confidence = EXCLUDED.confidence,
            stated_at = EXCLUDED.stated_at
        """;

    private const string RemoveFieldSql = "DELETE FROM lead_profile_fields WHERE lead_id = $1 AND field = $2";

    /// <summary>Replaces everything that was stated in a conversation. Returns the leads whose statements have changed.</summary>
    public static async Task<IReadOnlyCollection<LeadId>> ReplaceAsync(
        UnitOfWork work,
        LeadId lead,
        string conversationId,
        IReadOnlyList<StatedValue> statements,
        CancellationToken cancellationToken)
    {
        await using var batch = work.CreateBatch();
        var delete = new NpgsqlBatchCommand(DeleteConversationSql);
        delete.Parameters.AddText(conversationId);
        batch.BatchCommands.Add(delete);
        foreach (var statement in statements)
        {
            AddStatement(batch, lead, statement, work.DeliveryId);
        }

        // A newer analysis may have assigned the conversation to another lead.
        var changed = new HashSet<LeadId>();
        if (statements.Count > 0)
        {
            changed.Add(lead);
        }

        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            changed.Add(new LeadId(row.GetGuid(0)));
        }

        // The errors of the other commands appear when their results are read.
        while (await row.NextResultAsync(cancellationToken))
        {
        }

        return changed;
    }

    /// <summary>Adds statements. A statement replaces the stored one of the same field, source and conversation.</summary>
    public static async Task AddAsync(
        UnitOfWork work,
        LeadId lead,
        IReadOnlyList<StatedValue> statements,
        CancellationToken cancellationToken)
    {
        if (statements.Count == 0)
        {
            return;
        }

        await using var batch = work.CreateBatch();
        foreach (var statement in statements)
        {
            AddStatement(batch, lead, statement, work.DeliveryId);
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Withdraws a person's edit of a field. Does nothing if there is none.</summary>
    public static async Task WithdrawAsync(UnitOfWork work, LeadId lead, ProfileField field, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(WithdrawSql);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddText(field.Name);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Locks the lead's row, and reads all statements and the values that count until now. Returns null if there is no such lead.
    /// </summary>
    public static Task<StoredProfile?> ReadForUpdateAsync(UnitOfWork work, LeadId lead, CancellationToken cancellationToken) =>
        ReadAsync(work.CreateBatch(), LockLeadSql, lead, cancellationToken);

    /// <summary>Reads all statements about a lead and the values that count. Returns null if there is no such lead.</summary>
    public static Task<StoredProfile?> ReadAsync(NpgsqlDataSource database, LeadId lead, CancellationToken cancellationToken) =>
        ReadAsync(database.CreateBatch(), "SELECT id FROM leads WHERE id = $1", lead, cancellationToken);

    /// <summary>Adds the commands that store the changed values that count. A null value removes the field.</summary>
    public static void SaveFields(NpgsqlBatch batch, LeadId lead, IEnumerable<(ProfileField Field, StatedValue? Value)> changes)
    {
        foreach (var (field, value) in changes)
        {
            var command = new NpgsqlBatchCommand(value is null ? RemoveFieldSql : SaveFieldSql);
            command.Parameters.AddUuid(lead.Value);
            command.Parameters.AddText(field.Name);
            if (value is not null)
            {
                command.Parameters.AddJsonb(value.Parsed.Value!.ToJsonText());
                command.Parameters.AddText(value.Source);
                command.Parameters.AddText(value.ConversationId);
                command.Parameters.AddDouble(value.Confidence);
                command.Parameters.AddTimestamp(value.StatedAt);
            }

            batch.BatchCommands.Add(command);
        }
    }

    private static void AddStatement(NpgsqlBatch batch, LeadId lead, StatedValue statement, long? deliveryId)
    {
        var command = new NpgsqlBatchCommand(AddSql);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddText(statement.Field.Name);
        command.Parameters.AddText(statement.Source);
        command.Parameters.AddText(statement.ConversationId);
        command.Parameters.AddText(PlainText.Clean(statement.Raw));
        AddJson(command, statement.Parsed.Value?.ToJsonText());
        command.Parameters.AddText(statement.Parsed.Problem);
        command.Parameters.AddText(statement.Parsed.Assumption);
        command.Parameters.AddDouble(statement.Confidence);
        AddJson(command, statement.Evidence is null ? null : JsonSerializer.Serialize(statement.Evidence, s_json));
        command.Parameters.AddText(statement.Person);
        command.Parameters.AddText(PlainText.Clean(statement.Reason));
        command.Parameters.AddTimestamp(statement.StatedAt);
        command.Parameters.AddBigint(deliveryId);
        batch.BatchCommands.Add(command);
    }

    private static void AddJson(NpgsqlBatchCommand command, string? json) =>
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)json ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Jsonb });

    private static async Task<StoredProfile?> ReadAsync(NpgsqlBatch batch, string leadSql, LeadId lead, CancellationToken cancellationToken)
    {
        await using var disposed = batch;
        foreach (var sql in new[] { leadSql, StatementsSql, FieldsSql })
        {
            var command = new NpgsqlBatchCommand(sql);
            command.Parameters.AddUuid(lead.Value);
            batch.BatchCommands.Add(command);
        }

        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken))
        {
            return null;
        }

        var statements = new List<StatedValue>();
        await row.NextResultAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            if (ReadStatement(row) is { } statement)
            {
                statements.Add(statement);
            }
        }

        var fields = new Dictionary<ProfileField, FieldValue>();
        await row.NextResultAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            if (ProfileFields.Find(row.GetString(0)) is { } field && ReadValue(field, row.GetString(1)) is { } value)
            {
                fields[field] = new FieldValue(
                    value, row.GetString(2), row.GetString(3), row.GetDouble(4), row.GetFieldValue<DateTimeOffset>(5));
            }
        }

        return new StoredProfile(statements, fields);
    }

    // A field or a form of a value that this version does not know is left out.
    private static StatedValue? ReadStatement(NpgsqlDataReader row)
    {
        if (ProfileFields.Find(row.GetString(0)) is not { } field)
        {
            return null;
        }

        var value = row.GetTextOrNull(4) is { } json ? ReadValue(field, json) : null;
        return new StatedValue(
            field,
            row.GetString(1),
            row.GetString(2),
            row.GetString(3),
            new Parsed(value, row.GetTextOrNull(6), row.GetTextOrNull(5)),
            row.GetDouble(7),
            row.GetTextOrNull(8) is { } evidence ? JsonSerializer.Deserialize<ProfileEvidence>(evidence, s_json) : null,
            row.GetTextOrNull(9),
            row.GetTextOrNull(10),
            row.GetFieldValue<DateTimeOffset>(11));
    }

    /// <summary>Reads a stored value. Returns null for a form that this version does not know.</summary>
    internal static ProfileValue? ReadValue(ProfileField field, string json) => ProfileValues.TryRead(field.Type, JsonElement.Parse(json));
}

/// <summary>The value of a field that counts.</summary>
internal sealed record FieldValue(ProfileValue Value, string Source, string ConversationId, double Confidence, DateTimeOffset StatedAt);

/// <summary>Everything that was stated about a lead, and the values that count.</summary>
internal sealed record StoredProfile(IReadOnlyList<StatedValue> Statements, IReadOnlyDictionary<ProfileField, FieldValue> Fields);
