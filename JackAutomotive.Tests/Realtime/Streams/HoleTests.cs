using JackAutomotive.Contracts;
using JackAutomotive.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace JackAutomotive.Tests.Realtime.Streams;

/// <summary>Leads whose log lacks events, as after a manual delete or a restored backup. Streams go on with what exists, in order.</summary>
public sealed class HoleTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private const string MissingMetric = "jackautomotive.realtime.events.missing";

    // The interval is so long that only the mechanism under test repairs a gap.
    private static readonly (string, string) s_noSweep = ("SweepInterval", "00:10:00");

    [Fact]
    public async Task A_hole_between_events_is_skipped_and_reported_once()
    {
        using var logs = new LogCollector();
        await using var instance = fixture.StartInstance(services => services.AddSingleton<ILoggerProvider>(logs), s_noSweep);
        await instance.WaitForRedisAsync(up: true);
        using var measured = new Measurements(instance.Services);
        var lead = await fixture.AddLeadAsync();
        await using var client = await instance.WatchAsync(lead);
        await fixture.AppendManyAsync(lead, 5);
        await DeleteAsync(lead, 2, 3);

        await fixture.RaiseAsync(lead);
        await client.UntilAsync(6);
        await fixture.RaiseAsync(lead);
        await client.UntilAsync(7);

        Assert.Equal([1, 4, 5, 6, 7], client.Seqs);
        Assert.Equal(2, measured.Sum(MissingMetric));
        await using var late = await instance.WatchAsync(lead, lastEventId: 0);
        await late.UntilAsync(7);
        Assert.Equal([1, 4, 5, 6, 7], late.Seqs);
        Assert.Equal(2, measured.Sum(MissingMetric));
        Assert.Single(logs.Entries, entry => entry.Contains("lacks the events 2 to 3", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_hole_at_the_end_of_the_log_is_skipped_once_and_causes_no_further_reads()
    {
        await using var instance = await fixture.StartInstanceAsync(("SweepInterval", "00:00:00.050"));
        using var measured = new Measurements(instance.Services);
        var lead = await fixture.AddLeadAsync();
        await using var client = await instance.WatchAsync(lead);
        await using (var transaction = fixture.Database.CreateBatch())
        {
            // The sweep never sees the events that are missing.
            transaction.BatchCommands.Add(new($"UPDATE leads SET last_seq = 4 WHERE id = '{lead}'"));
            transaction.BatchCommands.Add(new(
                $"INSERT INTO lead_events (lead_id, seq, type, occurred_at, data) VALUES ('{lead}', 1, 'sms_received', now(), '{{}}')"));
            await transaction.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await client.UntilAsync(1);
        await Wait.UntilAsync(() => measured.Sum(MissingMetric) > 0, "the hole to be found");
        await fixture.AppendAsync(lead);
        await client.UntilAsync(5);

        Assert.Equal([1, 5], client.Seqs);
        Assert.Equal(3, measured.Sum(MissingMetric));
    }

    [Theory]
    [InlineData(0, new long[] { 1, 4, 5, 6 })]
    [InlineData(1, new long[] { 4, 5, 6 })]
    [InlineData(2, new long[] { 4, 5, 6 })]
    [InlineData(3, new long[] { 4, 5, 6 })]
    [InlineData(4, new long[] { 5, 6 })]
    public async Task A_client_that_resumes_before_or_inside_a_hole_gets_every_event_after_it(long lastEventId, long[] expected)
    {
        await using var instance = await fixture.StartInstanceAsync(s_noSweep);
        var lead = await fixture.AddLeadAsync();
        await fixture.AppendManyAsync(lead, 5);
        await DeleteAsync(lead, 2, 3);

        await using var client = await instance.WatchAsync(lead, lastEventId);
        await using var many = await instance.WatchManyAsync($"?lead={lead}", lastEventId: 0);
        await fixture.RaiseAsync(lead);
        await client.UntilAsync(6);

        Assert.Equal(expected, client.Seqs);
        await Wait.UntilAsync(() => many.Events.Count == 4, "the stream of many leads");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public async Task A_client_that_resumes_inside_a_hole_at_the_end_of_the_log_gets_live_events(long lastEventId)
    {
        await using var instance = await fixture.StartInstanceAsync(s_noSweep);
        var lead = await fixture.AddLeadAsync();
        await fixture.AppendManyAsync(lead, 5);
        await DeleteAsync(lead, 3, 5);

        await using var client = await instance.WatchAsync(lead, lastEventId);
        await fixture.RaiseAsync(lead);
        await client.UntilAsync(6);

        Assert.Equal([6], client.Seqs);
    }

    [Fact]
    public async Task Streams_of_a_log_that_goes_back_end_and_the_client_that_resumes_is_told_to_reset()
    {
        await using var instance = await fixture.StartInstanceAsync(("SweepInterval", "00:00:00.050"));
        var lead = await fixture.AddLeadAsync();
        await using var client = await instance.WatchAsync(lead);
        await fixture.AppendManyAsync(lead, 5);
        await client.UntilAsync(5);

        // An older backup of the lead has two events.
        await fixture.ExecuteAsync("DELETE FROM lead_events WHERE lead_id = $1 AND seq > 2", lead.Value);
        await fixture.ExecuteAsync("UPDATE leads SET last_seq = 2 WHERE id = $1", lead.Value);

        Assert.True(await client.Ended, "the stream broke off");
        await using var resumed = await instance.WatchAsync(lead, lastEventId: 5);
        await fixture.RaiseAsync(lead);
        await resumed.UntilAsync(3);
        Assert.Equal([3], resumed.Seqs);
        Assert.Contains(resumed.Items, item => item.EventType == StreamEventTypes.Reset);
    }

    [Fact]
    public async Task An_announcement_of_an_event_far_beyond_the_log_does_not_skip_the_events_that_follow()
    {
        await using var instance = await fixture.StartInstanceAsync(s_noSweep, ("GapPatience", "00:00:00"));
        using var measured = new Measurements(instance.Services);
        var lead = await fixture.AddLeadAsync();
        await using var client = await instance.WatchAsync(lead);
        var e = new LeadEvent(lead, 77, LeadEventTypes.SmsReceived, DateTimeOffset.UtcNow, "{}", null);

        await fixture.PublishAsync(e);
        for (var i = 0; i < 3; i++)
        {
            await fixture.RaiseAsync(lead);
        }

        await client.UntilAsync(3);
        Assert.Equal([1, 2, 3], client.Seqs);
        Assert.Equal(0, measured.Sum(MissingMetric));
    }

    private Task DeleteAsync(LeadId lead, long first, long last) => fixture.ExecuteAsync(
        "DELETE FROM lead_events WHERE lead_id = $1 AND seq BETWEEN $2 AND $3", lead.Value, first, last);
}
