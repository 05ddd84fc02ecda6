using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.History;
using JackAutomotive.WebhookApi.Leads;
using Npgsql;

namespace JackAutomotive.WebhookApi.Profiles;

/// <summary>
/// Chooses the values that count after the statements about a lead have changed. Raises <c>lead_profile_updated</c> with the difference if a
/// value has changed, and adds the change to the lead's history.
/// </summary>
internal sealed class ProfileUpdater(HistoryStore history, TimeProvider time)
{
    /// <summary>Replaces everything that was stated in a conversation, and chooses the values that count.</summary>
    public async Task ReplaceAsync(
        UnitOfWork work,
        LeadId lead,
        string conversationId,
        IReadOnlyList<StatedValue> statements,
        CancellationToken cancellationToken)
    {
        // The order of the ids is the one in which the commit locks leads.
        var changed = await ProfileStore.ReplaceAsync(work, lead, conversationId, statements, cancellationToken);
        foreach (var one in changed.OrderBy(one => one.Value))
        {
            await UpdateAsync(work, one, cancellationToken);
        }
    }

    /// <summary>Chooses the values of a lead that count. Locks the lead's row; does nothing if there is no such lead.</summary>
    public async Task UpdateAsync(UnitOfWork work, LeadId lead, CancellationToken cancellationToken)
    {
        if (await ProfileStore.ReadForUpdateAsync(work, lead, cancellationToken) is { } profile)
        {
            await UpdateAsync(work, lead, profile, cancellationToken);
        }
    }

    private async Task UpdateAsync(UnitOfWork work, LeadId lead, StoredProfile profile, CancellationToken cancellationToken)
    {
        var changes = FindChanges(profile);
        if (changes.Count == 0)
        {
            return;
        }

        await using var batch = work.CreateBatch();
        ProfileStore.SaveFields(batch, lead, changes.Select(change => (change.Field, change.New)));

        // The same value from another source or of another time is stored, but is no news.
        var news = changes.Where(change => change.New?.Parsed.Value != change.Old?.Value).ToList();
        if (news.Count > 0)
        {
            Announce(work, lead, profile, news, batch);
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private void Announce(UnitOfWork work, LeadId lead, StoredProfile profile, List<FieldChange> news, NpgsqlBatch batch)
    {
        if (news.Find(change => change.Field == ProfileFields.Name) is { } name)
        {
            LeadNames.Set(batch, lead, (name.New?.Parsed.Value as TextValue)?.Text);
        }

        history.Add(batch, lead, [.. news.Select(change => CreateEntry(profile, change))], work.DeliveryId);
        work.Raise(lead, LeadEventTypes.LeadProfileUpdated, time.GetUtcNow(), new
        {
            Changes = news.Select(change => new
            {
                Field = change.Field.Name,
                Value = change.New?.Parsed.Value?.ToJson(),
                Previous = change.Old?.Value.ToJson(),
                change.New?.Source,
                change.New?.Confidence,
                ConversationId = NullIfEmpty(change.New?.ConversationId),
            }),
        });
    }

    private static List<FieldChange> FindChanges(StoredProfile profile)
    {
        var chosen = profile.Statements.GroupBy(statement => statement.Field)
            .Select(group => (Field: group.Key, Value: ValueChoice.Choose(group)))
            .Where(field => field.Value is not null)
            .ToDictionary(field => field.Field, field => field.Value);
        return
        [
            .. from field in ProfileFields.All
            let now = chosen.GetValueOrDefault(field)
            let old = profile.Fields.GetValueOrDefault(field)
            where !IsSame(now, old)
            select new FieldChange(field, old, now),
        ];
    }

    private static bool IsSame(StatedValue? now, FieldValue? old) => (now, old) switch
    {
        (null, null) => true,
        (null, _) or (_, null) => false,
        _ => now.Parsed.Value == old.Value && now.Source == old.Source && now.ConversationId == old.ConversationId
            && now.Confidence == old.Confidence && now.StatedAt == old.StatedAt,
    };

    private static HistoryEntry CreateEntry(StoredProfile profile, FieldChange change)
    {
        // Only a person's edit can be withdrawn, so a value that a person set and that no longer counts was withdrawn.
        var isWithdrawn = change.Old?.Source == ProfileSources.Person
            && !profile.Statements.Any(statement => statement.Field == change.Field && statement.Source == ProfileSources.Person);
        return new HistoryEntry(
            "profile",
            change.Field.Name,
            change.Old?.Value.ToJsonText(),
            change.New?.Parsed.Value?.ToJsonText(),
            isWithdrawn ? ProfileSources.Person : change.New?.Source ?? ProfileSources.Provider,
            isWithdrawn ? null : change.New?.Person,
            isWithdrawn ? "The edit was withdrawn." : change.New is null ? "A newer analysis no longer states the value." : change.New.Reason,
            NullIfEmpty(change.New?.ConversationId));
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private sealed record FieldChange(ProfileField Field, FieldValue? Old, StatedValue? New);
}
