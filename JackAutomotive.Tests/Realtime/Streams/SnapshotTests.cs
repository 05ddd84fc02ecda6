using System.Net;
using System.Text.Json.Nodes;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Streams;

/// <summary>Streams that start with a snapshot of the lead.</summary>
public sealed class SnapshotTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    [Fact]
    public async Task A_snapshot_contains_the_lead_and_its_newest_events_and_precedes_live_events()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        for (var i = 1; i <= 110; i++)
        {
            await fixture.AppendAsync(lead, $$"""{"n":{{i}},  "text":"Grüße & \u00e9 🚗"}""");
        }

        await using var client = await WatchAsync(instance, lead);
        await Wait.UntilAsync(() => client.Items.Count >= 2, "the snapshot");
        await fixture.RaiseAsync(lead);
        await client.UntilAsync(111);
        await using var replay = await instance.WatchAsync(lead, lastEventId: 10);
        await replay.UntilAsync(111);

        Assert.Equal(["ready", "snapshot", LeadEventTypes.SmsReceived], EventTypes(client));
        Assert.Equal(("", "110"), (client.Items[0].EventId ?? "", client.Items[1].EventId));
        var snapshot = JsonNode.Parse(client.Items[1].Data)!;
        Assert.Equal((lead.ToString(), 110L), ((string?)snapshot["leadId"], (long)snapshot["seq"]!));
        Assert.Equal(
            replay.Events.Take(100).Select(item => JsonNode.Parse(item.Data)!.ToJsonString()),
            snapshot["events"]!.AsArray().Select(e => e!.ToJsonString()));
    }

    [Fact]
    public async Task No_event_is_missed_or_repeated_between_the_snapshot_and_the_live_events_during_writes()
    {
        await using var instance = await fixture.StartInstanceAsync(("RecentBytes", "2000"), ("PageSize", "10"));
        var lead = await fixture.AddLeadAsync();
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 400; i++)
            {
                await fixture.RaiseAsync(lead);
            }
        }, TestContext.Current.CancellationToken);

        var clients = new List<SseClient>();
        while (!writing.IsCompleted)
        {
            clients.Add(await WatchAsync(instance, lead));
        }

        await writing;
        Assert.NotEmpty(clients);
        foreach (var client in clients)
        {
            await Wait.UntilAsync(() => KnownSeqs(client) is [.., 400], "the last event");
            var seen = KnownSeqs(client);
            Assert.Equal(Enumerable.Range((int)seen[0], seen.Count).Select(seq => (long)seq), seen);
            Assert.Equal(Math.Max(1, SnapshotOf(client)["seq"]!.GetValue<long>() - 99), seen[0]);
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_resumed_stream_gets_a_snapshot_only_after_a_reset()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        await fixture.AppendAsync(lead);
        await fixture.AppendAsync(lead);

        await using var resumed = await WatchAsync(instance, lead, lastEventId: 1);
        await resumed.UntilAsync(2);
        Assert.Equal(["ready", LeadEventTypes.SmsReceived], EventTypes(resumed));

        await using var reset = await WatchAsync(instance, lead, lastEventId: 99);
        await Wait.UntilAsync(() => reset.Items.Count >= 3, "the snapshot after the reset");
        Assert.Equal(["ready", "reset", "snapshot"], EventTypes(reset));
        Assert.Equal("2", reset.LastEventId);
    }

    [Fact]
    public async Task A_snapshot_parameter_other_than_true_or_false_is_refused_with_400()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        using var client = instance.NewClient();
        using var response = await client.GetAsync(
            new Uri($"/api/stream/conversation/{lead}?snapshot=please", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("\"snapshot\"", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static Task<SseClient> WatchAsync(RealtimeInstance instance, LeadId lead, long? lastEventId = null) =>
        SseClient.OpenAsync(instance, $"/api/stream/conversation/{lead}?snapshot=true", lastEventId);

    private static JsonNode SnapshotOf(SseClient client) =>
        JsonNode.Parse(client.Items.First(item => item.EventType == "snapshot").Data)!;

    // The seqs that the client knows: those in the snapshot, then the live ones. Empty until the snapshot arrives.
    private static List<long> KnownSeqs(SseClient client) => client.Items.Any(item => item.EventType == "snapshot")
        ? [.. SnapshotOf(client)["events"]!.AsArray().Select(e => (long)e!["seq"]!), .. client.Seqs]
        : [];

    private static IEnumerable<string> EventTypes(SseClient client) =>
        client.Items.Select(item => item.EventType).Where(type => type != LeadEventTypes.PresenceChanged);
}
