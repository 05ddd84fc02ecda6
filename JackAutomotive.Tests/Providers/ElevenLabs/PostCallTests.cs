using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck.Xunit;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Providers.ElevenLabs;

namespace JackAutomotive.Tests.Providers.ElevenLabs;

public class PostCallTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private WebhookApiInstance Api => fixture.Instance;

    [Fact]
    public async Task A_transcript_creates_a_lead_with_a_conversation_and_its_turns()
    {
        var number = IncomingSmsDriver.NewNumber();
        var conversation = PostCallDriver.NewConversation();

        await DeliverAsync(PostCallDriver.Transcription(conversation, number));

        Assert.Equal(["lead_created", "conversation_transcript_added", "post_call_summary"], await fixture.ReadEventTypesAsync(number));
        Assert.Equal(
            ["0 agent Hello, this is Jack. 2026-10-26 07:31:40", "1 user Hi. Is the blue one still there? 2026-10-26 07:31:42.5"],
            await ReadTurnsAsync(conversation));
        Assert.Equal(
            "inbound done answered success The blue one 90 phone",
            await ReadConversationAsync(
                "concat_ws(' ', direction, status, call_result, call_successful, title, duration_seconds, matched_by)", conversation));
        var summary = JsonNode.Parse(await fixture.ReadAsync<string>(
            "SELECT data::text FROM lead_events WHERE type = 'post_call_summary' AND data->>'conversationId' = $1", conversation))!;
        Assert.Equal("The customer asked for the blue one.", (string?)summary["summary"]);
    }

    [Fact]
    public async Task A_transcript_is_assigned_to_the_lead_that_texted_before()
    {
        var number = IncomingSmsDriver.NewNumber();
        await Api.Sms.Text(from: number).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        await DeliverAsync(PostCallDriver.Transcription(number: number));

        Assert.Equal(
            ["lead_created", "sms_received", "conversation_transcript_added", "post_call_summary"],
            await fixture.ReadEventTypesAsync(number));
    }

    // Every clue before the decisive one identifies no lead. Every clue after the decisive one identifies another lead.
    [Theory]
    [InlineData("lead id")]
    [InlineData("user id")]
    [InlineData("conversation")]
    [InlineData("call")]
    [InlineData("phone")]
    [InlineData("new")]
    public async Task The_lead_is_found_by_id_then_conversation_then_call_then_number(string decisive)
    {
        string[] clues = ["lead id", "user id", "conversation", "call", "phone", "new"];
        var rank = Array.IndexOf(clues, decisive);
        var leads = new Dictionary<string, Guid>();
        var conversation = PostCallDriver.NewConversation();
        var payload = PostCallDriver.Transcription(conversation, eventTimestamp: 1_793_000_100);
        var data = payload["data"]!;
        foreach (var clue in clues.Skip(rank).Where(clue => clue != "new"))
        {
            leads[clue] = await CreateLeadWithClueAsync(clue, conversation, data);
        }

        if (rank > 0)
        {
            data["conversation_initiation_client_data"]!["dynamic_variables"]!["lead_id"] = Guid.NewGuid().ToString();
        }

        if (rank > 1)
        {
            data["user_id"] = "somebody";
        }

        await DeliverAsync(payload);

        var found = await fixture.ReadAsync<Guid>("SELECT lead_id FROM conversations WHERE conversation_id = $1", conversation);
        if (decisive == "new")
        {
            Assert.Equal(1, await fixture.CountAsync("lead_events WHERE lead_id = $1 AND type = 'lead_created'", found));
        }
        else
        {
            Assert.Equal(leads[decisive], found);
        }
    }

    [Theory]
    [InlineData("anonymous")]
    [InlineData("")]
    [InlineData("12345")]
    [InlineData(null)]
    public async Task A_caller_without_a_number_becomes_a_lead_without_a_number(string? number)
    {
        var conversation = PostCallDriver.NewConversation();
        var payload = PostCallDriver.Transcription(conversation);
        payload["data"]!["metadata"]!["phone_call"]!["external_number"] = number;

        await DeliverAsync(payload);

        Assert.Equal(1, await fixture.CountAsync(
            "conversations JOIN leads ON leads.id = lead_id WHERE conversation_id = $1 AND phone IS NULL AND last_seq = 3", conversation));
    }

    [Fact]
    public async Task A_newer_analysis_replaces_the_turns_and_the_summary()
    {
        var number = IncomingSmsDriver.NewNumber();
        var conversation = PostCallDriver.NewConversation();
        await DeliverAsync(PostCallDriver.Transcription(conversation, number, 1_793_000_000));

        var newer = PostCallDriver.Transcription(conversation, number, 1_793_000_500);
        newer["data"]!["transcript"] = new JsonArray(PostCallDriver.Turn("agent", "Hello, this is Jack!", 0));
        newer["data"]!["analysis"]!["transcript_summary"] = "Corrected.";
        await DeliverAsync(newer);

        Assert.Equal(["0 agent Hello, this is Jack! 2026-10-26 07:31:40"], await ReadTurnsAsync(conversation));
        Assert.Equal("Corrected. 2", await ReadConversationAsync("summary || ' ' || revision", conversation));
        Assert.Equal(
            ["lead_created", "conversation_transcript_added", "post_call_summary", "conversation_transcript_added", "post_call_summary"],
            await fixture.ReadEventTypesAsync(number));
    }

    [Fact]
    public async Task A_newer_analysis_of_the_same_transcript_raises_only_a_summary_event()
    {
        var number = IncomingSmsDriver.NewNumber();
        var conversation = PostCallDriver.NewConversation();
        await DeliverAsync(PostCallDriver.Transcription(conversation, number, 1_793_000_000));
        await DeliverAsync(PostCallDriver.Transcription(conversation, number, 1_793_000_500));

        Assert.Equal(
            ["lead_created", "conversation_transcript_added", "post_call_summary", "post_call_summary"],
            await fixture.ReadEventTypesAsync(number));
    }

    [Fact]
    public async Task An_older_analysis_that_arrives_late_changes_nothing()
    {
        var number = IncomingSmsDriver.NewNumber();
        var conversation = PostCallDriver.NewConversation();
        await DeliverAsync(PostCallDriver.Transcription(conversation, number, 1_793_000_500));
        var older = PostCallDriver.Transcription(conversation, number, 1_793_000_000);
        older["data"]!["transcript"] = new JsonArray();
        await DeliverAsync(older);

        Assert.Equal(2, (await ReadTurnsAsync(conversation)).Count);
        Assert.Equal(3, (await fixture.ReadEventTypesAsync(number)).Count);
        Assert.Equal(0, await fixture.CountAsync("inbox WHERE state <> 'done' AND dedup_key LIKE $1", $"%{conversation}%"));
    }

    [Theory]
    [InlineData("answering_machine_detection")]
    [InlineData("unredacted_audio")]
    [InlineData("something_new")]
    public async Task An_unknown_type_is_answered_200_and_parked_as_unroutable_with_a_reason(string type)
    {
        var payload = PostCallDriver.Transcription();
        payload["type"] = type;
        await DeliverAsync(payload);

        var key = $"{type}:{payload["data"]!["conversation_id"]}:1793000000";
        var parked = await fixture.ReadAsync<string>("SELECT concat_ws(' ', state, parked_as, reason) FROM inbox WHERE dedup_key = $1", key);
        Assert.StartsWith("parked unroutable", parked, StringComparison.Ordinal);
        Assert.Contains(type, parked, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("{\"type\":")]
    [InlineData("\u0001")]
    public async Task A_signed_body_that_is_not_JSON_is_answered_200_and_parked_as_malformed(string body)
    {
        await Api.PostCall.Request(body).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Equal("malformed", await fixture.ReadAsync<string>(
            "SELECT parked_as FROM inbox WHERE topic = 'elevenlabs.post-call' AND body = $1", Encoding.UTF8.GetBytes(body)));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{}")]
    [InlineData("{\"type\":\"post_call_transcription\"}")]
    [InlineData("{\"type\":\"post_call_transcription\",\"data\":[]}")]
    [InlineData("{\"type\":\"post_call_transcription\",\"data\":{\"conversation_id\":null}}")]
    public async Task JSON_without_the_required_fields_is_parked_without_a_retry(string body)
    {
        await Api.PostCall.Request(body).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Equal("parked 1", await fixture.ReadAsync<string>(
            "SELECT state || ' ' || attempts FROM inbox WHERE topic = 'elevenlabs.post-call' AND body = $1", Encoding.UTF8.GetBytes(body)));
    }

    [Fact]
    public async Task The_event_timestamp_may_be_a_string_and_only_the_conversation_id_is_required()
    {
        var conversation = PostCallDriver.NewConversation();
        await DeliverAsync(new JsonObject
        {
            ["type"] = "post_call_transcription",
            ["event_timestamp"] = "1793000000",
            ["data"] = new JsonObject { ["conversation_id"] = conversation },
        });

        Assert.Equal(
            new DateTime(2026, 10, 26, 7, 33, 20, DateTimeKind.Utc),
            await fixture.ReadAsync<DateTime>("SELECT analysed_at FROM conversations WHERE conversation_id = $1", conversation));
        var key = $"post_call_transcription:{conversation}:1793000000";
        Assert.Equal(1, await fixture.CountAsync("inbox WHERE dedup_key = $1 AND state = 'done'", key));
    }

    [Fact]
    public async Task Characters_that_Postgres_cannot_store_do_not_lose_the_conversation()
    {
        var conversation = PostCallDriver.NewConversation();
        const string Turns = """[{"role":"user","message":"a\u0000b"},{"role":"user","message":"\ud83d"},null,7]""";
        var body = $$"""{"type":"post_call_transcription","data":{"conversation_id":"{{conversation}}","transcript":{{Turns}} } }""";
        await Api.PostCall.Request(body).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Equal(["ab", "\ufffd"], await fixture.ListAsync<string>(
            "SELECT message FROM conversation_turns WHERE conversation_id = $1 AND message IS NOT NULL ORDER BY position", conversation));
        Assert.Equal(2, await fixture.CountAsync("conversation_turns WHERE conversation_id = $1", conversation));
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_do_not_lose_the_conversation()
    {
        var conversation = PostCallDriver.NewConversation();
        var body = Encoding.Latin1.GetBytes(
            $$"""{"type":"post_call_transcription","data":{"conversation_id":"{{conversation}}","transcript":[{"message":"aÿb"}] } }""");
        await Api.PostCall.Request(body).DeliverAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Equal("a\ufffdb", await fixture.ReadAsync<string>(
            "SELECT message FROM conversation_turns WHERE conversation_id = $1", conversation));
    }

    [Theory]
    [InlineData("none", "missing")]
    [InlineData("spaces", "malformed")]
    [InlineData("changed", "mismatch")]
    [InlineData("old", "stale")]
    public async Task An_invalid_signature_is_answered_401_and_recorded_as_rejected(string kind, string reason)
    {
        var payload = PostCallDriver.Transcription();
        var request = Api.PostCall.Request(payload);
        var signature = request.Headers[0].Value;
        var tooOld = fixture.Time.GetUtcNow().AddSeconds(-1801).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        request = kind switch
        {
            "none" => request.WithoutHeader(PostCallDriver.SignatureHeader),
            "spaces" => request.WithHeader(PostCallDriver.SignatureHeader, signature.Replace(",", ", ", StringComparison.Ordinal)),
            "changed" => request.WithBody([.. request.Body, (byte)' ']),
            _ => request.WithHeader(PostCallDriver.SignatureHeader, PostCallDriver.Sign(tooOld, request.Body, PostCallDriver.Secret)),
        };
        var counted = Api.ReadCounter("webhook.rejected", $"reason={reason}");
        var recorded = await CountRejectionsAsync(reason);

        using var answer = await request.SendAsync(Api.Client);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        await Problem.AssertAsync(answer, $"urn:jack-automotive:problem:signature-{reason}", [PostCallDriver.Secret, "blue one"]);
        Assert.Equal(0, await fixture.CountAsync("inbox WHERE dedup_key LIKE $1", $"%{payload["data"]!["conversation_id"]}%"));
        Assert.Equal(counted + 1, Api.ReadCounter("webhook.rejected", $"reason={reason}"));
        Assert.Equal(recorded + 1, await CountRejectionsAsync(reason));
    }

    [Fact]
    public async Task The_old_and_the_new_secret_are_both_valid_during_a_rotation()
    {
        await using var api = fixture.Start(("ELEVENLABS_POST_CALL_WEBHOOK_SECRET", "wsec_old, wsec_new"));

        await new PostCallDriver(fixture.Time, "wsec_old").Request(PostCallDriver.Transcription()).DeliverAsync(api.Client);
        await new PostCallDriver(fixture.Time, "wsec_new").Request(PostCallDriver.Transcription()).DeliverAsync(api.Client);
    }

    [Property(MaxTest = 300)]
    public bool A_missing_null_or_mistyped_field_does_not_stop_the_parsing_of_the_rest(int seed)
    {
        var random = new Random(seed);
        var payload = PostCallDriver.Transcription("conv_1");
        Spoil(payload, random);

        var read = PostCallPayload.Parse(Encoding.UTF8.GetBytes(payload.ToJsonString()));

        return payload["data"] is not JsonObject data
            || data["conversation_id"] is not JsonValue id
            || id.GetValueKind() != JsonValueKind.String
            || (string?)id != "conv_1"
            || read.ConversationId == "conv_1";
    }

    // Removes, replaces or sets to null about one field in five, at every depth.
    private static void Spoil(JsonObject json, Random random)
    {
        foreach (var name in json.Select(field => field.Key).ToList())
        {
            switch (random.Next(15))
            {
                case 0:
                    json.Remove(name);
                    break;
                case 1:
                    json[name] = null;
                    break;
                case 2:
                    JsonNode[] others = [new JsonArray(1, null, "x"), new JsonObject { ["a"] = 1 }, true, -1e300, ""];
                    json[name] = others[random.Next(others.Length)];
                    break;
                default:
                    if (json[name] is JsonObject child)
                    {
                        Spoil(child, random);
                    }

                    break;
            }
        }
    }

    private async Task<Guid> CreateLeadWithClueAsync(string clue, string conversation, JsonNode data)
    {
        var number = IncomingSmsDriver.NewNumber();
        switch (clue)
        {
            case "conversation":
                await DeliverAsync(PostCallDriver.Transcription(conversation, number, 1_793_000_000));
                break;
            case "call":
                var call = PostCallDriver.Transcription(number: number);
                call["data"]!["metadata"]!["phone_call"]!["call_sid"] = (string?)data["metadata"]!["phone_call"]!["call_sid"];
                await DeliverAsync(call);
                break;
            default:
                await Api.Sms.Text(from: number).DeliverAsync(Api.Client);
                await Api.DrainAsync();
                break;
        }

        var lead = await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", number);
        switch (clue)
        {
            case "lead id":
                data["conversation_initiation_client_data"]!["dynamic_variables"]!["lead_id"] = lead.ToString();
                break;
            case "user id":
                data["user_id"] = lead.ToString();
                break;
            case "phone":
                data["metadata"]!["phone_call"]!["external_number"] = $" {number[..5]}-{number[5..8]} {number[8..]}";
                break;
        }

        return lead;
    }

    private async Task DeliverAsync(JsonObject payload)
    {
        await Api.PostCall.Request(payload).DeliverAsync(Api.Client);
        await Api.DrainAsync();
    }

    private Task<string> ReadConversationAsync(string columns, string conversation) =>
        fixture.ReadAsync<string>($"SELECT {columns} FROM conversations WHERE conversation_id = $1", conversation);

    private Task<List<string>> ReadTurnsAsync(string conversation) => fixture.ListAsync<string>(
        """
        SELECT concat_ws(' ', position, role, message, spoken_at AT TIME ZONE 'UTC')
        FROM conversation_turns WHERE conversation_id = $1 ORDER BY position
        """,
        conversation);

    private Task<long> CountRejectionsAsync(string reason) =>
        fixture.CountAsync("rejected_deliveries WHERE topic = 'elevenlabs.post-call' AND reason = $1", reason);
}
