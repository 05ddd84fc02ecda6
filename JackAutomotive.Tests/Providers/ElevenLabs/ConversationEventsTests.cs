using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Providers.ElevenLabs;

namespace JackAutomotive.Tests.Providers.ElevenLabs;

public class ConversationEventsTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private readonly ConversationEventsDriver _live = new(fixture.Time);
    private readonly string _number = IncomingSmsDriver.NewNumber();

    private WebhookApiInstance Api => fixture.Instance;

    private SignedRequest[] ConversationRequests(string callSid) =>
    [
        _live.Started(_number, callSid),
        _live.Agent("Hello, this is Jack. How may I", 1, 1),
        _live.Event("interruption", 2, 1),
        _live.Correction("Hello, this is Jack. How may I", "Hello, this is Jack.", 1, 3),
        _live.User("Is the blue one there?", 2, 3),
        _live.Event("silence_detected", 6, 3, ("duration_seconds", 2.5)),
        _live.Event("client_tool_call", 7, 4, ("tool_name", "check_stock")),
        _live.Agent("It is.", 5, 8),
        _live.Ended(9),
    ];

    [Fact]
    public async Task Conversation_events_in_order_raise_lead_events_in_order()
    {
        foreach (var request in ConversationRequests(InitiationDriver.NewCallSid()))
        {
            await request.DeliverAsync(Api.Client);
            await Api.DrainAsync();
        }

        Assert.Equal(
            [
                "lead_created", "call_initiated", "conversation_agent", "interruption", "conversation_agent_corrected",
                "conversation_user", "silence_detected", "conversation_agent", "call_completed",
            ],
            await fixture.ReadEventTypesAsync(_number));
        var conversation = await ReadConversationAsync();
        Assert.Equal(
            ["agent 1 Hello, this is Jack. True", "user 3 Is the blue one there? False", "agent 8 It is. False"],
            FormatTurns(conversation));
        Assert.True((bool)conversation["turnsAreLive"]!);
        Assert.Equal(0, (int)conversation["revision"]!);
        var live = conversation["live"]!;
        Assert.Equal(
            ("ended", 1, 2.5, 6d / 11),
            ((string)live["status"]!, (int)live["interruptions"]!, (double)live["silenceSeconds"]!, (double)live["talkRatio"]!));
        var end = await ReadEventAsync("call_completed");
        Assert.Equal((9d, "ended", 3), ((double)end["durationSeconds"]!, (string)end["status"]!, (int)end["lines"]!));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Shuffled_and_repeated_conversation_events_end_in_the_same_state_and_raise_no_event_twice(int seed)
    {
        var random = new Random(seed);
        var callSid = InitiationDriver.NewCallSid();
        var requests = ConversationRequests(callSid).SelectMany(request => new[] { request, request }).ToArray();
        random.Shuffle(requests);

        foreach (var request in requests)
        {
            await request.DeliverAsync(Api.Client);
            if (random.Next(2) == 0)
            {
                await Api.DrainAsync();
            }
        }

        await Api.DrainAsync();
        var conversation = await ReadConversationAsync();
        Assert.Equal(
            ["agent 1 Hello, this is Jack. True", "user 3 Is the blue one there? False", "agent 8 It is. False"],
            FormatTurns(conversation));
        Assert.Equal("ended", (string)conversation["live"]!["status"]!);
        var events = await fixture.ReadEventTypesAsync(_number);
        Assert.Equal(
            [
                "call_completed 1", "call_initiated 1", "conversation_agent 2", "conversation_user 1", "interruption 1", "lead_created 1",
                "silence_detected 1",
            ],
            events.Where(type => type != "conversation_agent_corrected").CountBy(type => type).OrderBy(count => count.Key)
                .Select(count => $"{count.Key} {count.Value}"));
        Assert.InRange(events.Count(type => type == "conversation_agent_corrected"), 0, 1);
    }

    [Fact]
    public async Task Fifty_simultaneous_copies_on_two_instances_take_effect_once()
    {
        await using var other = fixture.Start();
        await _live.Started(_number).DeliverAsync(Api.Client);
        var line = _live.User("Hello?", 1, 1);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => line.DeliverAsync((i % 2 == 0 ? Api : other).Client)));
        await Task.WhenAll(Api.DrainAsync(), other.DrainAsync());
        await Api.DrainAsync();

        Assert.Equal(["lead_created", "call_initiated", "conversation_user"], await fixture.ReadEventTypesAsync(_number));
    }

    [Fact]
    public async Task Conversation_events_of_an_unknown_lead_are_kept_until_a_later_event_identifies_the_lead()
    {
        await _live.User("Hello?", 1, 1).DeliverAsync(Api.Client);
        await _live.Agent("Hello!", 2, 2).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        Assert.Equal(2, await fixture.CountAsync("live_reports WHERE conversation_id = $1 AND NOT announced", _live.Conversation));

        await _live.Started(_number).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Equal(
            ["lead_created", "call_initiated", "conversation_user", "conversation_agent"], await fixture.ReadEventTypesAsync(_number));
    }

    [Fact]
    public async Task The_transcript_assigns_a_live_conversation_to_its_lead_replaces_its_lines_and_ends_it()
    {
        await _live.User("Is the blue won there?", 1, 1).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        await Api.PostCall.Request(PostCallDriver.Transcription(_live.Conversation, _number)).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        await _live.Agent("Late.", 2, 2).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Equal(
            [
                "lead_created", "conversation_user", "call_completed", "conversation_transcript_added", "post_call_summary",
                "conversation_agent",
            ],
            await fixture.ReadEventTypesAsync(_number));
        var conversation = await ReadConversationAsync();
        Assert.Equal(
            ["agent 0 Hello, this is Jack. False", "user 2.5 Hi. Is the blue one still there? False"], FormatTurns(conversation));
        Assert.Equal((false, 1), ((bool)conversation["turnsAreLive"]!, (int)conversation["revision"]!));
        Assert.Equal("ended", (string)conversation["live"]!["status"]!);
    }

    [Fact]
    public async Task A_conversation_event_after_the_transcript_does_not_make_the_conversation_live()
    {
        await Api.PostCall.Request(PostCallDriver.Transcription(_live.Conversation, _number)).DeliverAsync(Api.Client);
        await _live.User("Late.", 1, 1).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Equal("ended", (string)(await ReadConversationAsync())["live"]!["status"]!);
    }

    [Fact]
    public async Task A_post_call_webhook_without_a_transcript_keeps_the_live_lines()
    {
        await _live.Started(_number).DeliverAsync(Api.Client);
        await _live.User("Hello?", 1, 1).DeliverAsync(Api.Client);
        var postCall = PostCallDriver.Transcription(_live.Conversation, _number);
        postCall["data"]!.AsObject().Remove("transcript");
        await Api.PostCall.Request(postCall).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        var conversation = await ReadConversationAsync();
        Assert.Equal(["user 1 Hello? False"], FormatTurns(conversation));
        Assert.Equal((true, 1), ((bool)conversation["turnsAreLive"]!, (int)conversation["revision"]!));
    }

    [Theory]
    [InlineData("lead id")]
    [InlineData("call")]
    [InlineData("phone")]
    public async Task The_lead_is_found_by_lead_id_by_call_or_by_phone_number(string clue)
    {
        var callSid = InitiationDriver.NewCallSid();
        var first = PostCallDriver.Transcription(number: _number);
        first["data"]!["metadata"]!["phone_call"]!["call_sid"] = callSid;
        await Api.PostCall.Request(first).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        var lead = await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", _number);

        await (clue switch
        {
            "lead id" => _live.Started(IncomingSmsDriver.NewNumber(), leadId: lead.ToString()),
            "call" => _live.Started(IncomingSmsDriver.NewNumber(), callSid),
            _ => _live.Started($"({_number[2..5]}) {_number[5..8]}-{_number[8..]}"),
        }).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Equal(lead, await fixture.ReadAsync<Guid>(
            "SELECT lead_id FROM live_conversations WHERE conversation_id = $1", _live.Conversation));
    }

    [Theory]
    [InlineData("+266696687")]
    [InlineData("+7378742833")]
    [InlineData("+86282452253")]
    [InlineData("anonymous")]
    public async Task A_withheld_number_creates_no_lead(string number)
    {
        await _live.Started(number).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Equal(1, await fixture.CountAsync("live_conversations WHERE conversation_id = $1 AND lead_id IS NULL", _live.Conversation));
    }

    [Fact]
    public async Task Different_events_without_an_id_are_all_kept_and_their_copies_count_once()
    {
        await _live.Started(_number).DeliverAsync(Api.Client);
        SignedRequest[] lines =
        [
            _live.User("Yes.", null, 1), _live.User("Yes.", null, 2), _live.User("No.", null, 2), _live.User("Yes.", null, 1),
            _live.Event("user_transcript", 3, null, ("sequence", 7), ("message", "A")),
            _live.Event("user_transcript", 3, null, ("sequence", 7), ("message", "A"), ("attempt", 2)),
            _live.Event("user_transcript", 3, null, ("sequence", 8), ("message", "A")),
        ];
        foreach (var line in lines)
        {
            await line.DeliverAsync(Api.Client);
        }

        await Api.DrainAsync();

        Assert.Equal(["Yes.", "No.", "Yes.", "A", "A"], (await ReadLinesAsync()).OrderBy(line => line.At).ThenBy(l => l.Text).Select(l => l.Text));
    }

    [Fact]
    public async Task An_event_that_is_repeated_under_its_alternative_type_counts_once()
    {
        await _live.Started(_number).DeliverAsync(Api.Client);
        await _live.User("Hello?", 1, 1).DeliverAsync(Api.Client);
        await _live.Event("user_message", 1, 1, ("message", "Hello?")).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Equal(2, await fixture.CountAsync("inbox WHERE ordering_key = $1", $"elevenlabs:{_live.Conversation}"));
        Assert.Single(await ReadLinesAsync());
    }

    [Theory]
    [InlineData("call_ended")]
    [InlineData("conversation_ended")]
    public async Task An_end_that_arrives_first_or_under_two_types_counts_once(string type)
    {
        await _live.Ended(5, type).DeliverAsync(Api.Client);
        await _live.Ended(6, type == "call_ended" ? "conversation_ended" : "call_ended").DeliverAsync(Api.Client);
        await Api.DrainAsync();
        await _live.Started(_number).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Equal(["lead_created", "call_initiated", "call_completed"], await fixture.ReadEventTypesAsync(_number));
        Assert.Equal("ended", await fixture.ReadAsync<string>(
            "SELECT status FROM live_conversations WHERE conversation_id = $1", _live.Conversation));
    }

    [Theory]
    [InlineData("tentative_user_transcript")]
    [InlineData("agent_chat_response_part")]
    public async Task A_partial_line_is_answered_200_and_not_stored(string type)
    {
        await _live.Partial("Is the", type).DeliverAsync(Api.Client);
        await _live.Event("user_transcript", 1, 1, ("message", "Is the"), ("is_final", false)).DeliverAsync(Api.Client);

        Assert.Equal(0, await fixture.CountAsync("inbox WHERE ordering_key LIKE '%' || $1", _live.Conversation));
        using var unsigned = await _live.Partial("Is the", type).WithoutHeader(PostCallDriver.SignatureHeader).SendAsync(Api.Client);
        Assert.Equal(HttpStatusCode.Unauthorized, unsigned.StatusCode);
    }

    [Fact]
    public async Task An_unknown_or_unreadable_event_is_answered_200_and_parked_with_the_reason()
    {
        await _live.Event("guardrail_triggered", 1, 1).DeliverAsync(Api.Client);
        await _live.Request("""{"type":"user_transcript","data":{}}""").DeliverAsync(Api.Client);
        await _live.Request("no json").DeliverAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Equal(1, await fixture.CountAsync(
            "inbox WHERE dedup_key LIKE 'event:' || $1 || '%' AND parked_as = 'unroutable' AND reason LIKE '%guardrail_triggered%'",
            _live.Conversation));
        Assert.Equal(2, await fixture.CountAsync("inbox WHERE topic = 'elevenlabs.conversation-events' AND parked_as = 'malformed'"));
    }

    [Fact]
    public async Task A_signature_with_the_secret_of_another_webhook_is_rejected()
    {
        var other = new ConversationEventsDriver(fixture.Time, secret: PostCallDriver.Secret);

        using var answer = await other.Started(_number).SendAsync(Api.Client);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        await Problem.AssertAsync(answer, "urn:jack-automotive:problem:signature-mismatch", ConversationEventsDriver.Secret);
        Assert.Equal(0, await fixture.CountAsync("inbox WHERE ordering_key LIKE '%' || $1", other.Conversation));
    }

    [Theory]
    [InlineData("conversation-events")]
    [InlineData("conversation-initiation")]
    public async Task The_webhook_reports_its_health_to_GET_and_HEAD(string webhook)
    {
        await _live.Started(_number).DeliverAsync(Api.Client);
        await InitiationDriver.Ask(_number, InitiationDriver.NewCallSid()).DeliverAsync(Api.Client);
        var address = new Uri($"/api/webhooks/elevenlabs/{webhook}", UriKind.Relative);

        using var get = await Api.NewClient(null).GetAsync(address, TestContext.Current.CancellationToken);
        using var head = await Api.NewClient(null).SendAsync(new(HttpMethod.Head, address), TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (get.StatusCode, head.StatusCode));
        var report = JsonNode.Parse(await get.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.True((bool)report["configured"]!);
        Assert.NotNull(report["lastAccepted"]);
    }

    [Theory]
    [InlineData("""{"type":"conversation_initiation_metadata","data":{"conversation_initiation_metadata_event":{"conversation_id":"c"}}}""",
        LiveReportKinds.Started, null, null)]
    [InlineData("""{"type":"call_started","data":{"conversation_id":"c"}}""", LiveReportKinds.Started, null, null)]
    [InlineData("""{"type":"user_transcript","data":{"conversation_id":"c","user_transcription_event":{"user_transcript":"Hi","event_id":5}}}""",
        LiveReportKinds.User, "Hi", "5")]
    [InlineData("""{"type":"user_message","data":{"conversation_id":"c","event_id":"5","message":"Hi"}}""", LiveReportKinds.User, "Hi", "5")]
    [InlineData("""{"type":"agent_message","data":{"conversation_id":"c","event_id":5,"text":"Hi"}}""", LiveReportKinds.Agent, "Hi", "5")]
    [InlineData("""{"type":"agent_response","data":{"conversation_id":"c"},"agent_response_event":{"agent_response":"Hi","event_id":5}}""",
        LiveReportKinds.Agent, "Hi", "5")]
    [InlineData(
        """{"type":"agent_response_correction","data":{"conversation_id":"c","agent_response_correction_event":{"original_agent_response":"Hi the","corrected_agent_response":"Hi","event_id":5}}}""",
        LiveReportKinds.Correction, "Hi", "5")]
    [InlineData("""{"type":"interruption","data":{"conversation_id":"c","interruption_event":{"event_id":5}}}""", LiveReportKinds.Interruption, null, "5")]
    [InlineData("""{"type":"agent_chat_response_part","data":{"conversation_id":"c","text_response_part":{"text":"Hi","type":"delta","event_id":5}}}""",
        ConversationEventsPayload.Partial, "Hi", "5")]
    [InlineData("""{"type":"client_error","data":{"conversation_id":"c","error_event":{"code":1011,"message":"Hi"}}}""", LiveReportKinds.Error, "Hi", null)]
    [InlineData("""{"type":"vad_score","data":{"conversation_id":"c","event_id":5}}""", null, null, "5")]
    public void Every_format_of_an_event_is_parsed(string body, string? kind, string? text, string? eventId)
    {
        var payload = ConversationEventsPayload.Parse(Encoding.UTF8.GetBytes(body));

        Assert.Equal(("c", kind, text, eventId), (payload.ConversationId, payload.Kind, payload.Text, payload.EventId));
    }

    [Theory]
    [InlineData("1795435200")]
    [InlineData("\"1795435200\"")]
    [InlineData("1795435200000")]
    [InlineData("\"2026-11-23T12:00:00Z\"")]
    public void Every_format_of_a_timestamp_is_parsed(string time)
    {
        var payload = ConversationEventsPayload.Parse(Encoding.UTF8.GetBytes($$"""{"type":"interruption","event_timestamp":{{time}}}"""));

        Assert.Equal(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero), payload.At);
    }

    private async Task<JsonNode> ReadConversationAsync()
    {
        var lead = await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", _number);
        var address = new Uri($"/api/leads/{lead}", UriKind.Relative);
        var details = JsonNode.Parse(await Api.Client.GetStringAsync(address, TestContext.Current.CancellationToken))!;
        return Assert.Single(details["conversations"]!.AsArray())!;
    }

    private static IEnumerable<string> FormatTurns(JsonNode conversation) => conversation["turns"]!.AsArray()
        .Select(turn => $"{turn!["role"]} {turn["offsetSeconds"]} {turn["message"]} {(bool)turn["interrupted"]!}");

    private async Task<JsonNode> ReadEventAsync(string type) => JsonNode.Parse(await fixture.ReadAsync<string>(
        "SELECT data::text FROM lead_events WHERE type = $1 AND data->>'conversationId' = $2", type, _live.Conversation))!;

    private async Task<IReadOnlyList<LiveLine>> ReadLinesAsync()
    {
        await using var command = fixture.Database.CreateCommand();
        var reports = await LiveConversationStore.ReadAsync(command, [_live.Conversation], TestContext.Current.CancellationToken);
        return LiveConversation.FromReports(reports[_live.Conversation].Select(stored => stored.Report)).Lines;
    }
}
