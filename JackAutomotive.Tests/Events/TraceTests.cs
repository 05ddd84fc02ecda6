using System.Collections.Concurrent;
using System.Diagnostics;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Telemetry;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Telemetry;

namespace JackAutomotive.Tests.Events;

/// <summary>Traces and metrics of a delivery, from the provider's request to the watchers of the lead.</summary>
public sealed class TraceTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private const string AspNetCore = "Microsoft.AspNetCore";

    [Fact]
    public async Task One_trace_covers_the_request_the_inbox_write_the_handling_the_publish_and_the_stream()
    {
        var allSpans = new ConcurrentBag<Activity>();
        using var listener = ListenTo(allSpans);
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
            await Wait.UntilAsync(() => allSpans.Any(span => span.TraceId == trace && span.OperationName == last), $"the span {last}");
        }

        var spans = allSpans.Where(span => span.TraceId == trace).ToList();
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
    public async Task Metrics_count_accepted_duplicate_rejected_and_parked_deliveries_and_time_their_steps()
    {
        await using var api = fixture.Start(("TWILIO_PHONE_NUMBER", IncomingSmsDriver.OurNumber));
        using var measurements = new Measurements(api.Services);
        var text = api.Sms.Text();
        await text.DeliverAsync(api.Client);
        await text.DeliverAsync(api.Client);
        await text.DeliverAsync(api.Client);
        (await text.WithoutHeader(IncomingSmsDriver.SignatureHeader).SendAsync(api.Client)).Dispose();
        await api.Sms.TextToUnknownNumber().DeliverAsync(api.Client);
        fixture.Time.Advance(TimeSpan.FromSeconds(3));
        await api.DrainAsync();

        Assert.Equal((2, 2), (Sum("accepted"), Sum("duplicate")));
        Assert.Equal((1, 1), (Sum("rejected"), Sum("rejected/missing")));
        Assert.Equal((1, 1), (Sum("parked"), Sum("parked/unroutable")));
        Assert.Equal(1, Sum("processed"));
        Assert.Equal(4, measurements.Count("jackautomotive.webhook.ack.duration"));
        Assert.Equal(1, measurements.Count("jackautomotive.webhook.end_to_end.duration"));
        Assert.Equal(3, Sum("end_to_end.duration"));

        double Sum(string name) => measurements.Sum($"jackautomotive.webhook.{name}");
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
