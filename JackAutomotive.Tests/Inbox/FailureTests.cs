using System.Text.Json;
using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Leads;
using Microsoft.Extensions.DependencyInjection;

namespace JackAutomotive.Tests.Inbox;

public class FailureTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    [Fact]
    public async Task A_failing_delivery_is_retried_with_exponential_back_off_and_then_parked_with_its_reason()
    {
        await using var api = StartWith<FailingHandler>(("Inbox:MaxAttempts", "4"));
        var from = IncomingSmsDriver.NewNumber();
        var sid = IncomingSmsDriver.NewSid();
        await api.Sms.Text(from: from, sid: sid).DeliverAsync(api.Client);

        for (var attempt = 1; attempt < 4; attempt++)
        {
            Assert.Equal(1, await api.DrainAsync());
            Assert.Equal($"pending {attempt}", await ReadStateAsync(sid));
            var delay = await ReadRetryDelayAsync(sid);
            Assert.InRange(delay.TotalSeconds, 0.5 * Math.Pow(2, attempt - 1), Math.Pow(2, attempt - 1));

            fixture.Time.Advance(delay - TimeSpan.FromMilliseconds(1));
            Assert.Equal(0, await api.DrainAsync());
            fixture.Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal(1, await api.DrainAsync());
        Assert.Equal("parked 4", await ReadStateAsync(sid));
        Assert.Equal("exhausted", await ReadAsync<string>("parked_as", sid));
        Assert.Contains("InvalidOperationException: broken on purpose", await ReadAsync<string>("reason", sid), StringComparison.Ordinal);
        Assert.Contains("FailingHandler.HandleAsync", await ReadAsync<string>("error", sid), StringComparison.Ordinal);
        Assert.Equal(3, api.ReadCounter("webhook.retried"));
        Assert.Equal(1, api.ReadCounter("webhook.parked", "as=exhausted"));
        Assert.Equal(0, await fixture.CountAsync("leads WHERE phone = $1", from));

        fixture.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(0, await api.DrainAsync());
    }

    [Fact]
    public async Task A_failed_attempt_rolls_back_all_its_writes_and_the_next_attempt_writes_them_once()
    {
        await using var broken = StartWith<FailingHandler>();
        var from = IncomingSmsDriver.NewNumber();
        await broken.Sms.Text(from: from).DeliverAsync(broken.Client);
        await broken.DrainAsync();
        Assert.Equal(0, await fixture.CountAsync("leads WHERE phone = $1", from));

        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        await fixture.Instance.DrainAsync();

        Assert.Equal(["lead_created", "sms_received"], await fixture.ReadEventTypesAsync(from));
    }

    [Fact]
    public async Task A_failed_commit_leaves_the_delivery_pending_and_writes_nothing()
    {
        await using var broken = StartWith<UncommittableHandler>();
        var sid = IncomingSmsDriver.NewSid();
        var leads = await fixture.CountAsync("leads");
        await broken.Sms.Text(sid: sid).DeliverAsync(broken.Client);
        await broken.DrainAsync();

        Assert.Equal("pending 1", await ReadStateAsync(sid));
        Assert.Equal(leads, await fixture.CountAsync("leads"));

        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        await fixture.Instance.DrainAsync();
        Assert.Equal("done 2", await ReadStateAsync(sid));
    }

    [Fact]
    public async Task A_parked_delivery_does_not_block_the_next_delivery_of_its_conversation()
    {
        var api = fixture.Instance;
        var conversation = PostCallDriver.NewConversation();
        var number = IncomingSmsDriver.NewNumber();
        var audio = PostCallDriver.Transcription(conversation, number);
        audio["type"] = "post_call_audio";
        await api.PostCall.Request(audio).DeliverAsync(api.Client);
        await api.PostCall.Request(PostCallDriver.Transcription(conversation, number)).DeliverAsync(api.Client);
        await api.DrainAsync();

        Assert.Equal(3, (await fixture.ReadEventTypesAsync(number)).Count);
    }

    [Fact]
    public async Task A_delivery_without_a_handler_is_parked_as_unroutable()
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
    public void An_unreadable_body_is_parked_at_the_first_attempt()
    {
        var decision = FailurePolicy.Decide(new JsonException("bad"), 1, 1, 0.5, new InboxOptions());
        Assert.Equal(Parking.Malformed, Assert.IsType<FailureDecision.Park>(decision).Parking.ParkedAs);
    }

    [Property]
    public bool Retry_delays_stay_within_the_limits_and_the_last_attempt_parks(PositiveInt attempt, byte jitter)
    {
        var options = new InboxOptions();
        return FailurePolicy.Decide(new InvalidOperationException(), attempt.Get, attempt.Get, jitter / 255.0, options) switch
        {
            FailureDecision.Retry retry => attempt.Get < options.MaxAttempts
                && retry.Delay >= options.FirstRetryDelay / 2
                && retry.Delay <= options.MaxRetryDelay,
            FailureDecision.Park park => attempt.Get >= options.MaxAttempts && park.Parking.ParkedAs == Parking.Exhausted,
            _ => false,
        };
    }

    private WebhookApiInstance StartWith<THandler>(params (string, string?)[] settings)
        where THandler : class, IDeliveryHandler =>
        fixture.Start(instance => instance.With(services => services.AddDeliveryHandler<THandler>(Topics.TwilioIncomingSms)), settings);

    private Task<string> ReadStateAsync(string sid) => ReadAsync<string>("state || ' ' || attempts", sid);

    private async Task<TimeSpan> ReadRetryDelayAsync(string sid) =>
        await ReadAsync<DateTime>("due_at", sid) - fixture.Time.GetUtcNow().UtcDateTime;

    private Task<T> ReadAsync<T>(string columns, string sid) =>
        fixture.ReadAsync<T>($"SELECT {columns} FROM inbox WHERE dedup_key = $1", $"sms:{sid}");

    /// <summary>Writes a lead and raises an event of a lead that does not exist, so that the commit fails.</summary>
    private sealed class UncommittableHandler(LeadStore leads) : IDeliveryHandler
    {
        public async Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken)
        {
            await leads.CreateAsync(work, cancellationToken);
            work.Raise(LeadId.New(TimeProvider.System), LeadEventTypes.LeadCreated, delivery.ReceivedAt, new { });
            return DeliveryResult.Done;
        }
    }

    /// <summary>Writes a lead and raises an event, then throws.</summary>
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
