using System.Collections.Concurrent;
using System.Diagnostics;
using JackAutomotive.Realtime.Telemetry;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Telemetry;

/// <summary>The spans and metrics of the streams.</summary>
public sealed class TelemetryTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    [Fact]
    public async Task Each_instance_records_one_span_per_event_as_a_child_of_the_publish_span()
    {
        var trace = ActivityTraceId.CreateRandom();
        var publish = ActivitySpanId.CreateRandom();
        using var spans = new Spans(trace);
        await using var instanceA = await fixture.StartInstanceAsync();
        await using var instanceB = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        await using var clientA = await instanceA.WatchAsync(lead);
        await using var clientB = await instanceA.WatchAsync(lead);
        await using var clientC = await instanceB.WatchAsync(lead);

        await fixture.RaiseAsync(lead, traceParent: $"00-{trace}-{publish}-01");
        foreach (var client in new[] { clientA, clientB, clientC })
        {
            await client.UntilAsync(1);
        }

        await Wait.UntilAsync(() => spans.Seen.Count >= 2, "both spans");
        Assert.All(spans.Seen, span => Assert.Equal(("sse write", publish), (span.OperationName, span.ParentSpanId)));
        Assert.Equal([1, 2], spans.Seen.Select(span => (int)span.GetTagItem("clients")!).Order());
    }

    [Fact]
    public async Task An_event_read_from_Postgres_belongs_to_the_trace_that_raised_it()
    {
        var trace = ActivityTraceId.CreateRandom();
        using var spans = new Spans(trace);
        await using var instance = await fixture.StartInstanceAsync(("SweepInterval", "00:00:00.050"));
        var lead = await fixture.AddLeadAsync();
        await using var client = await instance.WatchAsync(lead);

        await fixture.AppendAsync(lead, traceParent: $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        await client.UntilAsync(1);

        await Wait.UntilAsync(() => !spans.Seen.IsEmpty, "the span");
        Assert.Equal(true, spans.Seen.Single().GetTagItem("repaired"));
    }

    [Fact]
    public async Task Connections_leads_events_bytes_lag_repairs_and_replays_are_measured()
    {
        await using var instance = await fixture.StartInstanceAsync(("RecentBytes", "0"), ("SweepInterval", "00:00:00.050"));
        using var measured = new Measurements(instance.Services);
        var lead = await fixture.AddLeadAsync();
        await fixture.AppendAsync(lead);
        await using (var client = await instance.WatchAsync(lead, lastEventId: 0))
        {
            await client.UntilAsync(1);
            await fixture.RaiseAsync(lead);
            await client.UntilAsync(2);
            await fixture.AppendAsync(lead);
            await client.UntilAsync(3);

            Assert.Equal(1, measured.Sum("jackautomotive.realtime.connections"));
            Assert.Equal(1, measured.Sum("jackautomotive.realtime.leads"));
            Assert.Equal(1, measured.Sum("jackautomotive.realtime.replays"));
            Assert.Equal(1, measured.Sum("jackautomotive.realtime.events.replayed"));
            await Wait.UntilAsync(() => measured.Sum("jackautomotive.realtime.events.sent") == 3, "three events to be counted");
            Assert.True(measured.Sum("jackautomotive.realtime.events.repaired") >= 1);
            Assert.True(measured.Sum("jackautomotive.realtime.bytes.sent") > 300);
            Assert.Equal(1, measured.Count("jackautomotive.realtime.lag"));
            Assert.InRange(measured.Sum("jackautomotive.realtime.lag"), 0.000_001, 20);
        }

        await Wait.UntilAsync(() => measured.Sum("jackautomotive.realtime.connections") == 0, "the connection count to return to 0");
    }

    private sealed class Spans : IDisposable
    {
        private readonly ActivityListener _listener;

        public Spans(ActivityTraceId trace)
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == RealtimeTelemetry.Name,
                Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = span =>
                {
                    if (span.TraceId == trace)
                    {
                        Seen.Add(span);
                    }
                },
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public ConcurrentBag<Activity> Seen { get; } = [];

        public void Dispose() => _listener.Dispose();
    }
}
