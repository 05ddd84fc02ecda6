using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Admin.Deliveries;

namespace JackAutomotive.Tests.Admin.Deliveries;

public class DeliverySelectionTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    [Theory]
    [InlineData("CA77", null, null)]
    [InlineData("SM77", null, null)]
    [InlineData("conv_77", null, null)]
    [InlineData(null, "00000000-0000-7000-8000-000000000000", null)]
    [InlineData(null, null, "+12025550115")]
    [InlineData(null, null, "AMAZON")]
    public async Task A_search_by_id_or_sender_uses_indexes_and_no_sequential_scan(string? providerId, string? lead, string? sender)
    {
        await fixture.ListAsync<long>("""
            INSERT INTO inbox (source, topic, dedup_key, ordering_key, body, body_hash, headers, due_at, received_at, state)
            SELECT 'twilio', 'twilio.voice-status', 'voice-status:CA' || n || ':x', 'call:CA' || n, '', '', '{}', now(), now(), 'done'
            FROM generate_series(1, 20000) AS n ON CONFLICT DO NOTHING RETURNING id
            """);
        await fixture.ListAsync<string>("ANALYZE inbox");

        await using var command = fixture.Database.CreateCommand();
        var filter = new DeliveryFilter
        {
            ProviderId = providerId,
            Lead = lead is null ? null : new LeadId(Guid.Parse(lead)),
            Sender = sender,
        };
        command.CommandText = $"EXPLAIN SELECT id FROM inbox WHERE {DeliverySelection.BuildCondition(command, filter)} ORDER BY id DESC LIMIT 50";
        var plan = new List<string>();
        await using var rows = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        while (await rows.ReadAsync(TestContext.Current.CancellationToken))
        {
            plan.Add(rows.GetString(0));
        }

        var text = string.Join('\n', plan);
        Assert.False(text.Contains("Seq Scan on inbox", StringComparison.Ordinal), text);
        Assert.True(text.Contains("Index Cond: (id = ANY", StringComparison.Ordinal), text);
    }

    [Property]
    public bool The_key_ranges_of_an_id_contain_exactly_the_keys_of_that_id(PositiveInt id, PositiveInt other, bool hasMore)
    {
        var key = $"voice-status:CA{other.Get}{(hasMore ? ":ringing:1" : "")}";
        return ProviderIds.KeyRangesOf($"CA{id.Get}").Any(range =>
            string.CompareOrdinal(key, range.From) >= 0 && string.CompareOrdinal(key, range.Before) < 0) == (id.Get == other.Get);
    }

    [Property]
    public bool Any_query_parameter_is_either_read_or_refused_by_name(NonNull<string> name, NonNull<string> value)
    {
        var filter = DeliveryFilter.Read([new(name.Get, value.Get)], 50, 200, out var errors);
        return errors.Count == 1 ? errors.ContainsKey(name.Get) && !filter.HasCriterion : errors.Count == 0;
    }
}
