using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Conversations;
using Microsoft.Extensions.DependencyInjection;

namespace JackAutomotive.Tests.Conversations;

/// <summary>Conversations whose end is never reported.</summary>
public sealed class LiveConversationSweepTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private readonly ConversationEventsDriver _live = new(fixture.Time);
    private readonly string _number = IncomingSmsDriver.NewNumber();

    [Fact]
    public async Task A_conversation_without_a_reported_end_is_assumed_ended_once_after_two_hours()
    {
        await _live.Started(_number).DeliverAsync(fixture.Instance.Client);
        await _live.User("Hello?", 1, 1).DeliverAsync(fixture.Instance.Client);
        await fixture.Instance.DrainAsync();
        await using var restarted = fixture.Start();

        fixture.Time.Advance(TimeSpan.FromMinutes(119));
        Assert.Equal(0, await SweepAsync(restarted));
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        var swept = await Task.WhenAll(SweepAsync(restarted), SweepAsync(fixture.Instance));
        Assert.Equal(1, swept.Sum());
        Assert.Equal(0, await SweepAsync(restarted));
        Assert.Equal(["assumed ended"], await StatusAsync());

        await _live.Ended(9).DeliverAsync(fixture.Instance.Client);
        await fixture.Instance.DrainAsync();

        Assert.Equal(["ended"], await StatusAsync());
        Assert.Equal(
            ["lead_created", "call_initiated", "conversation_user", "call_completed"], await fixture.ReadEventTypesAsync(_number));
    }

    [Fact]
    public async Task The_background_sweep_applies_the_configured_MaxLiveTime()
    {
        await using var api = fixture.Start(
            ("Inbox:ProcessDeliveries", "true"), ("Conversations:MaxLiveTime", "00:01:00"), ("Conversations:SweepInterval", "00:00:30"));
        await _live.Started(_number).DeliverAsync(api.Client);

        // The worker polls on the fake clock, so each check advances that clock.
        await UntilAsync(1, "call_initiated");
        await UntilAsync(1, "call_completed");

        async Task UntilAsync(long count, string type)
        {
            while (await fixture.CountAsync(
                "lead_events WHERE type = $1 AND data->>'conversationId' = $2", type, _live.Conversation) != count)
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                fixture.Time.Advance(TimeSpan.FromSeconds(1));
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }
        }
    }

    private static Task<int> SweepAsync(WebhookApiInstance api) =>
        api.Services.GetRequiredService<LiveConversationSweep>().SweepAsync(TestContext.Current.CancellationToken);

    private Task<List<string>> StatusAsync() =>
        fixture.ListAsync<string>("SELECT status FROM live_conversations WHERE conversation_id = $1", _live.Conversation);
}
