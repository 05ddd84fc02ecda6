extern alias realtime;

using System.Collections.Concurrent;
using System.Diagnostics;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Telemetry;
using realtime::JackAutomotive.Contract;
using realtime::JackAutomotive.Realtime.Telemetry;

namespace JackAutomotive.Tests.Messaging;

/// <summary>What can be seen of a delivery on its way, from the provider's request to those who watch the lead.</summary>
public sealed class TraceTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private const string AspNetCore = "Microsoft.AspNetCore";

    [Fact]
    public async Task One_trace_leads_from_the_providers_request_over_the_inbox_the_handling_and_the_publish_to_the_stream()
    {
        var all = new ConcurrentBag<Activity>();
        using var listener = ListenTo(all);
        await using var realtime = await RealtimeInstance.StartAsync(fixture.DatabaseConnection, fixture.RedisConnection);
        var api = fixture.Instance;
        var customer = IncomingSmsDriver.NewNumber();
        await api.Sms.Text("before", customer).DeliverAsync(api.Client);
        await api.DrainAsync();
        var lead = await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", customer);
        await using var client = await SseClient.OpenAsync(realtime, new LeadId(lead), key: WebhookApiInstance.Key);

        ActivityTraceId trace;
        using (var provider = new Activity("provider").Start())
        {
            trace = provider.TraceId;
            await api.Sms.Text("watched", customer).DeliverAsync(api.Client);
        }

        await api.DrainAsync();
        await client.UntilAsync(3);
        foreach (var last in new[] { "sse write", "publish sms_received" })
        {
            await Wait.UntilAsync(() => all.Any(span => span.TraceId == trace && span.OperationName == last), $"the span {last}");
        }

        var spans = all.Where(span => span.TraceId == trace).ToList();
        var request = Assert.Single(spans, span => span.Source.Name == AspNetCore);
        var write = Assert.Single(spans, span => span.OperationName == "inbox write");
        Assert.Equal(request.SpanId, write.ParentSpanId);
        var handling = Assert.Single(spans, span => span.OperationName == "handle twilio.sms-incoming");
        Assert.Equal(request.SpanId, handling.ParentSpanId);
        var publish = Assert.Single(spans, span => span.OperationName == "publish sms_received");
        Assert.Equal(handling.SpanId, publish.ParentSpanId);
        var stream = Assert.Single(spans, span => span.OperationName == "sse write");
        Assert.Equal(publish.SpanId, stream.ParentSpanId);
    }

    [Fact]
    public async Task What_is_accepted_repeated_refused_and_parked_is_counted_and_the_acknowledgement_and_the_whole_way_are_timed()
    {
        await using var api = fixture.Start();
        using var measured = new Measurements(api.Services);
        var text = api.Sms.Text();
        await text.DeliverAsync(api.Client);
        await text.DeliverAsync(api.Client);
        await text.DeliverAsync(api.Client);
        (await text.WithoutHeader(IncomingSmsDriver.SignatureHeader).SendAsync(api.Client)).Dispose();
        await api.Sms.Text(from: "12345").DeliverAsync(api.Client);
        fixture.Time.Advance(TimeSpan.FromSeconds(3));
        await api.DrainAsync();

        Assert.Equal((2, 2), (Sum("accepted"), Sum("duplicate")));
        Assert.Equal((1, 1), (Sum("rejected"), Sum("rejected/missing")));
        Assert.Equal((1, 1), (Sum("parked"), Sum("parked/unroutable")));
        Assert.Equal(1, Sum("processed"));
        Assert.Equal(4, measured.Count("jackautomotive.webhook.ack.duration"));
        Assert.Equal(1, measured.Count("jackautomotive.webhook.end_to_end.duration"));
        Assert.Equal(3, Sum("end_to_end.duration"));

        double Sum(string name) => measured.Sum($"jackautomotive.webhook.{name}");
    }

    private static ActivityListener ListenTo(ConcurrentBag<Activity> spans)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is AspNetCore or WebhookApiTelemetry.Name or RealtimeTelemetry.Name,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
