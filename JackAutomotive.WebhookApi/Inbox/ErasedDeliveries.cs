using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Storage;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>What identifies the deliveries of a lead.</summary>
/// <param name="Deliveries">The deliveries that are known to be the lead's.</param>
/// <param name="ProviderIds">The providers' ids of the lead's texts, calls, recordings and conversations.</param>
/// <param name="Addresses">The lead's addresses, in every spelling that a provider may use.</param>
internal sealed record DeliveryTraces(long[] Deliveries, string[] ProviderIds, string[] Addresses);

/// <summary>
/// Erases deliveries: the row loses its body and headers, and stays to prevent that the same delivery is accepted again. A delivery that waits is
/// not handled any more.
/// </summary>
internal sealed class ErasedDeliveries(TimeProvider time)
{
    // The shortest part of a number that is searched for in bodies. A shorter one would appear in bodies of other people.
    private const int MinDigits = 10;

    // A dedup key ends with the provider's id, or goes on with a colon. The semicolon follows the colon.
    // A pending delivery is erased only if its ordering key belongs to the lead, because another lead's delivery may mention this lead in its body.
    private const string EraseSql = """
        -- erase deliveries
        WITH chosen AS (
            SELECT id FROM inbox WHERE id = ANY ($1)
            UNION
            SELECT inbox.id FROM unnest($2) AS key CROSS JOIN (VALUES ('twilio'), ('elevenlabs')) AS provider (name)
            JOIN inbox ON source = provider.name AND (dedup_key = key OR (dedup_key > key || ':' AND dedup_key < key || ';'))
            UNION
            SELECT id FROM inbox WHERE state IN ('pending', 'parked') AND ordering_key = ANY ($3)
            UNION
            SELECT id FROM inbox WHERE state <> 'pending' AND EXISTS (SELECT FROM unnest($4) AS digits WHERE position(digits IN body) > 0)),
        locked AS (
            SELECT id, body_hash, raw_bytes IS NOT NULL AS has_object FROM inbox
            WHERE id IN (SELECT id FROM chosen) AND erased_at IS NULL ORDER BY id FOR UPDATE),
        conflicts AS (
            DELETE FROM delivery_conflicts USING locked WHERE delivery_id = locked.id
            RETURNING delivery_conflicts.body_hash, delivery_conflicts.raw_bytes IS NOT NULL AS has_object),
        attempts AS (
            UPDATE delivery_attempts SET reason = NULL FROM locked WHERE delivery_id = locked.id),
        erased AS (
            UPDATE inbox SET body = '', headers = '{}', ordering_key = 'erased:' || inbox.id, state = 'done', parked_as = NULL, reason = NULL,
                error = NULL, lease_until = NULL, behind = false, ahead = false, raw_released = true,
                completed_at = coalesce(completed_at, $5), erased_at = $5
            FROM locked WHERE inbox.id = locked.id
            RETURNING inbox.id)
        SELECT true, CASE WHEN has_object THEN body_hash END FROM locked
        UNION ALL
        SELECT false, CASE WHEN has_object THEN body_hash END FROM conflicts
        """;

    private const string EraseOneSql = """
        -- erase a delivery
        UPDATE inbox SET body = '', headers = '{}', ordering_key = 'erased:' || id, state = 'done', reason = NULL, error = NULL,
            lease_until = NULL, behind = false, ahead = false, raw_released = true, completed_at = $3, erased_at = $3
        WHERE id = $1 AND attempts = $2 AND state = 'pending'
        """;

    /// <summary>Erases the deliveries of a lead.</summary>
    /// <returns>The number of deliveries, and the objects with their raw bodies, which nothing needs any more.</returns>
    public async Task<(int Count, IReadOnlyList<ObjectName> Objects)> EraseAsync(
        UnitOfWork work,
        DeliveryTraces traces,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(EraseSql);
        command.Parameters.AddArray(traces.Deliveries, NpgsqlDbType.Bigint);
        command.Parameters.AddArray(
            traces.ProviderIds.SelectMany(id => DeliveryKind.All.Select(kind => kind.BuildKey(id))).ToArray(), NpgsqlDbType.Text);
        command.Parameters.AddArray(
            traces.ProviderIds.SelectMany(OrderingKeys.ContainingProviderId).Concat(traces.Addresses.Select(OrderingKeys.ForSender)).ToArray(),
            NpgsqlDbType.Text);
        command.Parameters.AddArray(FindNeedles(traces.Addresses), NpgsqlDbType.Bytea);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        var erased = await command.ReadAllAsync(
            row => (IsDelivery: row.GetBoolean(0), Hash: row.IsDBNull(1) ? null : row.GetFieldValue<byte[]>(1)), cancellationToken);
        return (
            erased.Count(row => row.IsDelivery),
            [.. erased.Where(row => row.Hash is not null).Select(row => ObjectName.FromHash(row.Hash)).Distinct()]);
    }

    /// <summary>Erases a claimed delivery, because it belongs to a lead that was erased.</summary>
    public async Task EraseAsync(UnitOfWork work, InboxDelivery delivery, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(EraseOneSql);
        command.Parameters.AddBigint(delivery.Id);
        command.Parameters.AddInteger(delivery.Attempt);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // The digits of a number are the same in every encoding. Other addresses are searched for as they are.
    private static byte[][] FindNeedles(string[] addresses) =>
    [
        .. addresses.Select(address => address[(address.IndexOf(':', StringComparison.Ordinal) + 1)..].TrimStart('+'))
            .Where(address => address.Length >= MinDigits)
            .Distinct()
            .Select(System.Text.Encoding.UTF8.GetBytes),
    ];
}
