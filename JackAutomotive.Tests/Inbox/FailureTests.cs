using System.Text.Json;
using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.Contract;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Features.Leads;
using JackAutomotive.WebhookApi.Messaging;
using Microsoft.Extensions.DependencyInjection;

namespace JackAutomotive.Tests.Messaging;

public class FailureTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    [Fact]
    public async Task A_failing_delivery_is_tried_again_with_growing_waits_and_then_parked_with_its_reason()
    {
        await using var api = StartWith<FailingHandler>(("Messaging:MaxAttempts", "4"));
        var from = IncomingSmsDriver.NewNumber();
        var sid = IncomingSmsDriver.NewSid();
        await api.Sms.Text(from: from, sid: sid).DeliverAsync(api.Client);

        for (var attempt = 1; attempt < 4; attempt++)
        {
            Assert.Equal(1, await api.DrainAsync());
            Assert.Equal($"pending {attempt}", await StateAsync(sid));
            var wait = await WaitAsync(sid);
            Assert.InRange(wait.TotalSeconds, 0.5 * Math.Pow(2, attempt - 1), Math.Pow(2, attempt - 1));

            fixture.Time.Advance(wait - TimeSpan.FromMilliseconds(1));
            Assert.Equal(0, await api.DrainAsync());
            fixture.Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal(1, await api.DrainAsync());
        Assert.Equal("parked 4", await StateAsync(sid));
        Assert.Equal("exhausted", await ReadAsync<string>("parked_as", sid));
        Assert.Contains("InvalidOperationException: broken on purpose", await ReadAsync<string>("reason", sid), StringComparison.Ordinal);
        Assert.Contains("FailingHandler.HandleAsync", await ReadAsync<string>("error", sid), StringComparison.Ordinal);
        Assert.Equal(3, api.Counted("webhook.retried"));
        Assert.Equal(1, api.Counted("webhook.parked", "as=exhausted"));
        Assert.Equal(0, await fixture.CountAsync("leads WHERE phone = $1", from));

        fixture.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(0, await api.DrainAsync());
    }

    [Fact]
    public async Task A_failure_after_the_writing_undoes_all_of_it_and_the_next_attempt_does_it_once()
    {
        await using var broken = StartWith<FailingHandler>();
        var from = IncomingSmsDriver.NewNumber();
        await broken.Sms.Text(from: from).DeliverAsync(broken.Client);
        await broken.DrainAsync();
        Assert.Equal(0, await fixture.CountAsync("leads WHERE phone = $1", from));

        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        await fixture.Instance.DrainAsync();

        Assert.Equal(["lead_created", "sms_received"], await fixture.EventsOfAsync(from));
    }

    [Fact]
    public async Task A_commit_that_fails_leaves_the_delivery_to_be_done_and_nothing_else()
    {
        await using var broken = StartWith<UncommittableHandler>();
        var sid = IncomingSmsDriver.NewSid();
        var leads = await fixture.CountAsync("leads");
        await broken.Sms.Text(sid: sid).DeliverAsync(broken.Client);
        await broken.DrainAsync();

        Assert.Equal("pending 1", await StateAsync(sid));
        Assert.Equal(leads, await fixture.CountAsync("leads"));

        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        await fixture.Instance.DrainAsync();
        Assert.Equal("done 2", await StateAsync(sid));
    }

    [Fact]
    public async Task A_parked_delivery_does_not_hold_back_the_next_one_of_its_sender()
    {
        var api = fixture.Instance;
        var conversation = PostCallDriver.NewConversation();
        var number = IncomingSmsDriver.NewNumber();
        var audio = PostCallDriver.Transcription(conversation, number);
        audio["type"] = "post_call_audio";
        await api.PostCall.Request(audio).DeliverAsync(api.Client);
        await api.PostCall.Request(PostCallDriver.Transcription(conversation, number)).DeliverAsync(api.Client);
        await api.DrainAsync();

        Assert.Equal(3, (await fixture.EventsOfAsync(number)).Count);
    }

    [Fact]
    public async Task A_topic_that_nobody_handles_is_kept_as_unroutable()
    {
        var key = Guid.NewGuid().ToString();
        await fixture.ListAsync<string>("""
            INSERT INTO inbox (source, topic, dedup_key, ordering_key, body, body_hash, headers, due_at, received_at)
            VALUES ('twilio', 'twilio.of-the-future', $1, $1, '', '', '{}', '-infinity', now()) RETURNING topic
            """, key);
        await fixture.Instance.DrainAsync();

        Assert.Equal("unroutable", await fixture.ReadAsync<string>("SELECT parked_as FROM inbox WHERE dedup_key = $1", key));
    }

    [Fact]
    public void What_cannot_be_read_is_parked_at_once()
    {
        var decision = FailurePolicy.Decide(new JsonException("bad"), 1, 0.5, new MessagingOptions());
        Assert.Equal(Parking.Malformed, Assert.IsType<FailureDecision.Park>(decision).Parking.As);
    }

    [Property]
    public bool Waits_stay_within_the_limits_and_the_attempts_are_counted(PositiveInt attempt, byte jitter)
    {
        var options = new MessagingOptions();
        return FailurePolicy.Decide(new TimeoutException(), attempt.Get, jitter / 255.0, options) switch
        {
            FailureDecision.Retry retry => attempt.Get < options.MaxAttempts
                && retry.After >= options.FirstRetryDelay / 2
                && retry.After <= options.MaxRetryDelay,
            FailureDecision.Park park => attempt.Get >= options.MaxAttempts && park.Parking.As == Parking.Exhausted,
            _ => false,
        };
    }

    private WebhookApiInstance StartWith<THandler>(params (string, string?)[] settings)
        where THandler : class, IDeliveryHandler =>
        fixture.Start(instance => instance.With(services => services.AddDeliveryHandler<THandler>(Topics.TwilioIncomingSms)), settings);

    private Task<string> StateAsync(string sid) => ReadAsync<string>("state || ' ' || attempts", sid);

    private async Task<TimeSpan> WaitAsync(string sid) =>
        await ReadAsync<DateTime>("due_at", sid) - fixture.Time.GetUtcNow().UtcDateTime;

    private Task<T> ReadAsync<T>(string columns, string sid) =>
        fixture.ReadAsync<T>($"SELECT {columns} FROM inbox WHERE dedup_key = $1", $"sms:{sid}");

    /// <summary>Writes a lead, and an event of a lead that does not exist.</summary>
    private sealed class UncommittableHandler(LeadStore leads) : IDeliveryHandler
    {
        public async Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken)
        {
            await leads.CreateAsync(work, cancellationToken);
            work.Raise(LeadId.New(TimeProvider.System), LeadEventTypes.LeadCreated, delivery.ReceivedAt, new { });
            return DeliveryResult.Done;
        }
    }

    /// <summary>Writes a lead and an event, and fails then.</summary>
    private sealed class FailingHandler(LeadStore leads) : IDeliveryHandler
    {
        public async Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken)
        {
            var lead = await leads.CreateAsync(work, cancellationToken);
            work.Raise(lead, LeadEventTypes.LeadCreated, delivery.ReceivedAt, new { });
            throw new InvalidOperationException("broken on purpose");
        }
    }
}
