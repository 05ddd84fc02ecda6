using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using Npgsql;

namespace JackAutomotive.Tests.Providers.ElevenLabs;

public class ConversationInitiationTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private readonly string _number = IncomingSmsDriver.NewNumber();
    private readonly string _call = InitiationDriver.NewCallSid();

    private WebhookApiInstance Api => fixture.Instance;

    [Fact]
    public async Task The_briefing_of_a_known_caller_contains_the_lead_and_its_history()
    {
        await Api.Sms.Text("Is the blue one there?", _number).DeliverAsync(Api.Client);
        await Api.PostCall.Request(PostCallDriver.Transcription(number: _number)).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        var lead = await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", _number);

        var variables = await InitiationDriver.Ask(_number, _call).SendAndReadVariablesAsync(Api.Client);

        Assert.True((bool)variables["is_known_caller"]!);
        Assert.Equal(lead.ToString(), (string?)variables["lead_id"]);
        Assert.Equal("The customer asked for the blue one.", (string?)variables["last_conversation_summary"]);
        Assert.EndsWith(": Is the blue one there?", (string?)variables["recent_messages"], StringComparison.Ordinal);
        Assert.Equal((1, 1), ((int)variables["text_count"]!, (int)variables["call_count"]!));
    }

    [Fact]
    public async Task The_briefing_lists_the_newest_texts_oldest_first()
    {
        for (var i = 0; i < 40; i++)
        {
            await Api.Sms.Text($"text {i}", _number).DeliverAsync(Api.Client);
            fixture.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await Api.DrainAsync();

        var variables = await InitiationDriver.Ask(_number, _call).SendAndReadVariablesAsync(Api.Client);

        Assert.Equal(
            Enumerable.Range(10, 30).Select(i => $"text {i}"), ((string)variables["recent_messages"]!).Split('\n').Select(line => line[^7..]));
        Assert.Equal(40, (int)variables["text_count"]!);
    }

    [Fact]
    public async Task An_unknown_caller_becomes_a_lead_and_the_call_is_announced_once()
    {
        var variables = await InitiationDriver.Ask(_number, _call).SendAndReadVariablesAsync(Api.Client);
        await Api.DrainAsync();

        Assert.False((bool)variables["is_known_caller"]!);
        Assert.Equal("", (string?)variables["lead_id"]);
        Assert.Equal(["lead_created", "call_initiated"], await fixture.ReadEventTypesAsync(_number));
        Assert.Equal(1, await fixture.CountAsync(
            "initiation_sessions AS s JOIN leads ON leads.id = s.lead_id WHERE call_sid = $1 AND phone = $2 AND announced", _call, _number));
        Assert.Equal(1, await fixture.CountAsync("calls JOIN leads ON leads.id = lead_id WHERE call_sid = $1 AND phone = $2", _call, _number));
    }

    [Fact]
    public async Task A_repeated_request_of_a_call_has_the_first_answer_and_no_further_effect()
    {
        await using var other = fixture.Start();
        var request = InitiationDriver.Ask(_number, _call);
        var first = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => request.SendAndReadVariablesAsync((i % 2 == 0 ? Api : other).Client)));
        await Api.DrainAsync();
        await Api.Sms.Text(from: _number).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        var again = await request.SendAndReadVariablesAsync(Api.Client);
        var next = await InitiationDriver.Ask(_number, InitiationDriver.NewCallSid()).SendAndReadVariablesAsync(Api.Client);

        Assert.All(first, answer => Assert.Equal(again.ToJsonString(), answer.ToJsonString()));
        Assert.False((bool)again["is_known_caller"]!);
        Assert.True((bool)next["is_known_caller"]!);
        Assert.Equal(["lead_created", "call_initiated", "sms_received"], await fixture.ReadEventTypesAsync(_number));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("anonymous")]
    [InlineData("+266696687")]
    [InlineData("+86282452253")]
    [InlineData("sip:anonymous@example.com")]
    [InlineData("+1'; DROP TABLE leads")]
    public async Task A_caller_without_a_usable_number_is_answered_as_unknown_and_creates_no_lead(string? caller)
    {
        var variables = await InitiationDriver.Ask(caller, _call).SendAndReadVariablesAsync(Api.Client);
        await Api.DrainAsync();

        Assert.False((bool)variables["is_known_caller"]!);
        Assert.Equal(1, await fixture.CountAsync("initiation_sessions WHERE call_sid = $1 AND lead_id IS NULL AND answer IS NOT NULL", _call));
        Assert.Equal(1, await fixture.CountAsync("inbox WHERE dedup_key = $1 AND state = 'done'", $"initiation:{_call}"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no json")]
    [InlineData("[]")]
    [InlineData("{\"call_sid\":7,\"caller_id\":{}}")]
    [InlineData("{\"\\ud83d\":1}")]
    public async Task An_unreadable_request_is_answered_with_every_variable_and_stored(string body)
    {
        await InitiationDriver.Request(body).SendAndReadVariablesAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Equal(1, await fixture.CountAsync("inbox WHERE topic = 'elevenlabs.conversation-initiation' AND body = $1",
            System.Text.Encoding.UTF8.GetBytes(body)));
    }

    [Theory]
    [InlineData("the header", HttpStatusCode.OK)]
    [InlineData("the other secret in the header", HttpStatusCode.OK)]
    [InlineData("a signature", HttpStatusCode.OK)]
    [InlineData("nothing", HttpStatusCode.Unauthorized)]
    [InlineData("a wrong header", HttpStatusCode.Unauthorized)]
    [InlineData("the header twice", HttpStatusCode.Unauthorized)]
    [InlineData("a wrong header and a signature", HttpStatusCode.Unauthorized)]
    [InlineData("a wrong signature", HttpStatusCode.Unauthorized)]
    [InlineData("a stale signature", HttpStatusCode.Unauthorized)]
    [InlineData("part of the secret", HttpStatusCode.Unauthorized)]
    public async Task Only_a_request_with_the_complete_secret_is_answered(string credential, HttpStatusCode expected)
    {
        await using var api = fixture.Start(
            ("ELEVENLABS_CONVERSATION_INITIATION_WEBHOOK_SECRET", $"old-secret, {InitiationDriver.Secret}"),
            ("ELEVENLABS_CONVERSATION_INITIATION_HEADER", "X-Initiation"));
        var plain = InitiationDriver.Ask(_number, _call).WithoutHeader(InitiationDriver.Header);
        var now = fixture.Time.GetUtcNow().ToUnixTimeSeconds();
        SignedRequest Signed(string secret, long at) =>
            plain.WithHeader(PostCallDriver.SignatureHeader, PostCallDriver.Sign($"{at}", plain.Body, secret));

        using var answer = await (credential switch
        {
            "the header" => plain.WithHeader("X-Initiation", InitiationDriver.Secret),
            "the other secret in the header" => plain.WithHeader("X-Initiation", "old-secret"),
            "a signature" => Signed(InitiationDriver.Secret, now),
            "a wrong header" => plain.WithHeader("X-Initiation", "wrong"),
            "the header twice" => plain with { Headers = [("X-Initiation", InitiationDriver.Secret), ("X-Initiation", InitiationDriver.Secret)] },
            "a wrong header and a signature" => Signed(InitiationDriver.Secret, now).WithHeader("X-Initiation", "wrong"),
            "a wrong signature" => Signed("wrong", now),
            "a stale signature" => Signed(InitiationDriver.Secret, now - 1801),
            "part of the secret" => plain.WithHeader("X-Initiation", InitiationDriver.Secret[..^1]),
            _ => plain,
        }).SendAsync(api.Client);

        Assert.Equal(expected, answer.StatusCode);
        if (expected == HttpStatusCode.Unauthorized)
        {
            await Problem.AssertAsync(answer, null, InitiationDriver.Secret, "old-secret");
            Assert.Equal(0, await fixture.CountAsync("inbox WHERE dedup_key = $1", $"initiation:{_call}"));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_Postgres_the_answer_is_complete_within_2_seconds_and_the_call_is_stored_later(bool hangs)
    {
        var connection = new NpgsqlConnectionStringBuilder(fixture.DatabaseConnection);
        await using var proxy = new TcpProxy(connection.Host!, connection.Port);
        connection.Host = "127.0.0.1";
        connection.Port = proxy.Port;
        await using var api = fixture.Start(("ConnectionStrings:crm", connection.ConnectionString));
        await InitiationDriver.Ask(IncomingSmsDriver.NewNumber(), InitiationDriver.NewCallSid()).SendAndReadVariablesAsync(api.Client);
        if (hangs)
        {
            proxy.Pause();
        }
        else
        {
            proxy.Cut();
        }

        var began = Stopwatch.GetTimestamp();
        var variables = await InitiationDriver.Ask(_number, _call).SendAndReadVariablesAsync(api.Client);

        // The limit is loose because the machine is shared. A wait for Postgres would take far longer.
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.Equal("our dealership", (string?)variables["dealership_name"]);
        proxy.Restore();
        var key = $"initiation:{_call}";
        await Wait.UntilAsync(() => fixture.CountAsync("inbox WHERE dedup_key = $1", key).Result == 1, "the call in the inbox");
        await Api.DrainAsync();
        Assert.Equal(["lead_created", "call_initiated"], await fixture.ReadEventTypesAsync(_number));
    }

    [Theory]
    [InlineData("call", true)]
    [InlineData("call", false)]
    [InlineData("conversation", true)]
    [InlineData("conversation", false)]
    public async Task Conversation_events_are_assigned_to_the_caller_before_and_after_the_initiation(string matchedBy, bool initiationFirst)
    {
        var live = new ConversationEventsDriver(fixture.Time);
        var initiation = InitiationDriver.Ask(_number, _call, matchedBy == "conversation" ? live.Conversation : null);
        var started = live.Started(callSid: matchedBy == "call" ? _call : null);

        await (initiationFirst ? initiation : started).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        await live.User("Hello?", 1, 1).DeliverAsync(Api.Client);
        await (initiationFirst ? started : initiation).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        await Api.DrainAsync();

        var events = await fixture.ReadEventTypesAsync(_number);
        Assert.Equal(["call_initiated", "conversation_user", "lead_created"], events.Order());
    }

    [Fact]
    public async Task All_webhooks_of_a_call_belong_to_one_lead_one_conversation_and_one_call()
    {
        var live = new ConversationEventsDriver(fixture.Time);
        var postCall = PostCallDriver.Transcription(live.Conversation, _number);
        postCall["data"]!["metadata"]!["phone_call"]!["call_sid"] = _call;
        SignedRequest[] requests =
        [
            InitiationDriver.Ask(_number, _call), live.Started(_number, _call), live.Agent("Hello!", 1, 1), live.Ended(5),
            Api.PostCall.Request(postCall), new VoiceStatusDriver(Api.Sms).Progress(_call, _number, "completed", 3),
        ];
        foreach (var request in requests)
        {
            await request.DeliverAsync(Api.Client);
            await Api.DrainAsync();
        }

        Assert.Equal(
            [
                "lead_created", "call_initiated", "conversation_agent", "call_completed", "conversation_transcript_added",
                "post_call_summary", "call_status",
            ],
            await fixture.ReadEventTypesAsync(_number));
        var lead = await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", _number);
        var details = JsonNode.Parse(await Api.Client.GetStringAsync(
            new Uri($"/api/leads/{lead}", UriKind.Relative), TestContext.Current.CancellationToken))!;
        Assert.Single(details["conversations"]!.AsArray());
        Assert.Single(details["calls"]!.AsArray());
    }
}
