using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using JackAutomotive.ProviderSimulator.Commands;
using JackAutomotive.ProviderSimulator.ElevenLabs;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;
using JackAutomotive.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace JackAutomotive.Tests.Simulator;

public sealed class ChaosDayTests(Servers servers)
{
    private static readonly string[] s_stateQueries =
    [
        "SELECT phone FROM leads",
        """
        SELECT concat_ws(' ', message_sid, phone, direction, from_number, to_number, body,
            (SELECT count(*) FROM message_media WHERE message_id = messages.id))
        FROM messages JOIN leads ON leads.id = lead_id
        """,
        "SELECT concat_ws(' ', message_sid, status) FROM message_statuses",
        "SELECT concat_ws(' ', message_sid, status) FROM message_states",
        """
        SELECT concat_ws(' ', conversation_id, phone, agent_id, call_sid, direction, status, call_result, duration_seconds,
            termination_reason, call_successful)
        FROM conversations JOIN leads ON leads.id = lead_id
        """,
        "SELECT concat_ws(' ', conversation_id, position, role, message, offset_seconds, interrupted) FROM conversation_turns",
        "SELECT concat_ws(' ', call_sid, phone, direction, status, talk_seconds) FROM calls LEFT JOIN leads ON leads.id = lead_id",
        "SELECT concat_ws(' ', call_sid, status, sequence) FROM call_statuses",
        "SELECT concat_ws(' ', recording_sid, call_sid, status, duration_seconds) FROM recordings",
        "SELECT concat_ws(' ', conversation_id, status) FROM live_conversations",
        "SELECT concat_ws(' ', conversation_id, phone, bytes) FROM conversation_audio JOIN leads ON leads.id = lead_id",
        "SELECT concat_ws(' ', conversation_id, phone, reason) FROM call_failures JOIN leads ON leads.id = lead_id",
        "SELECT concat_ws(' ', phone, type) FROM lead_events JOIN leads ON leads.id = lead_id WHERE type = ANY (ARRAY["
            + "'lead_created', 'sms_received', 'call_completed', 'recording_available', 'conversation_transcript_added'])",
        "SELECT concat_ws(' ', source, topic, state) FROM inbox",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public async Task A_chaos_day_leaves_the_same_rows_as_the_same_day_without_faults(int seed)
    {
        var (quietResult, quiet) = await PlayAsync("play-busy-day", new { calls = 4, texts = 12, everything = true, seconds = 0, seed });
        var (result, chaos) = await PlayAsync("play-chaos-day", new { calls = 4, texts = 12, seconds = 0, delay = 20, seed });

        var (story, corrupt) = (quietResult.GetProperty("sent").GetInt32(), result.GetProperty("corrupted").GetInt32());
        Assert.Equal(story * 3, result.GetProperty("accepted").GetInt32());
        Assert.Equal(0, result.GetProperty("refused").GetInt32());
        Assert.True(corrupt > story / 10);
        Assert.Equal(corrupt, result.GetProperty("refusedAsTheyShouldBe").GetInt32());
        Assert.All(quiet.Zip(chaos, s_stateQueries), pair => Assert.True(pair.First.Count > 0, pair.Third));
        Assert.All(quiet.Zip(chaos), pair => Assert.Equal(pair.First, pair.Second));
    }

    [Fact]
    public async Task Every_flawed_webhook_is_refused_and_stores_nothing()
    {
        await using var fixture = new WebhookApiFixture(servers);
        await fixture.InitializeAsync();
        await using var api = fixture.StartWithSimulatorSecrets();
        await using var simulator = new RunningSimulator(api.Address.GetLeftPart(UriPartial.Authority));
        var days = simulator.Services.GetRequiredService<DayStory>();
        var post = simulator.Services.GetRequiredService<WebhookPost>();
        var webhooks = days.Everything(BusyDay.Plan(seed: 11, calls: 3, texts: 1), seed: 11, TimeSpan.Zero)
            .Select(step => step.Webhook).DistinctBy(webhook => webhook.Kind).ToList();
        string[] kinds =
        [
            "text", "text status", "call status", "recording", "call", "post_call_audio", "call_initiation_failure",
            PostCallEvent.UnknownType, "user transcript", "call initiation",
        ];
        Assert.Superset(kinds.ToHashSet(), webhooks.Select(webhook => webhook.Kind).ToHashSet());

        foreach (var webhook in webhooks)
        {
            foreach (var flaw in webhook.Flaws)
            {
                var delivery = await post.SendAsync(webhook, flaw, TestContext.Current.CancellationToken);
                Assert.True(delivery.AsItShouldBe, $"{webhook.Kind} with a {flaw}: {delivery.Status} {delivery.Title}");
                Assert.False(delivery.Accepted);
            }
        }

        await api.DrainAsync();
        foreach (var table in (string[])["inbox", "leads", "messages", "calls", "conversations", "live_conversations"])
        {
            Assert.Equal(0, await fixture.CountAsync(table));
        }
    }

    private async Task<(JsonElement Result, List<List<string>> State)> PlayAsync(string command, object body)
    {
        await using var fixture = new WebhookApiFixture(servers);
        await fixture.InitializeAsync();
        await using var api = fixture.StartWithSimulatorSecrets();
        await using var simulator = new RunningSimulator(api.Address.GetLeftPart(UriPartial.Authority));
        using var client = simulator.CreateClient();
        using var answer = await client.PostAsJsonAsync($"/commands/{command}", body, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);

        await api.DrainAsync();
        Assert.Equal(0, await fixture.CountAsync("inbox WHERE state = 'pending'"));
        var state = new List<List<string>>();
        foreach (var sql in s_stateQueries)
        {
            state.Add([.. (await fixture.ListAsync<string>(sql)).Order(StringComparer.Ordinal)]);
        }

        return (JsonDocument.Parse(text).RootElement, state);
    }
}
