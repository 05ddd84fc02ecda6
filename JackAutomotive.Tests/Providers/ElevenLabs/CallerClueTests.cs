using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck.Xunit;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Providers.ElevenLabs;

namespace JackAutomotive.Tests.Providers.ElevenLabs;

/// <summary>Where the lead's number stands in a webhook of ElevenLabs, and which clue decides.</summary>
public class CallerClueTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private readonly string _number = IncomingSmsDriver.NewNumber();
    private readonly string _conversation = PostCallDriver.NewConversation();

    private WebhookApiInstance Api => fixture.Instance;

    [Theory]
    [InlineData("""{"metadata":{"sms":{"direction":"inbound","sms_user_phone_number":"{0}","agent_phone_number":"+12025550199"}}}""", "sms")]
    [InlineData("""{"metadata":{"whatsapp":{"direction":"inbound","whatsapp_user_id":"{1}"}}}""", "whatsapp")]
    [InlineData("""{"metadata":{"whatsapp":{"whatsapp_user_id":"{0}"}}}""", "whatsapp")]
    [InlineData("""{"metadata":{"whatsapp":{"whatsapp_user_id":"whatsapp:{0}"}}}""", "whatsapp")]
    [InlineData("""{"user_id":"{0}"}""", "user id")]
    [InlineData("""{"user_id":"{1}"}""", "user id")]
    [InlineData("""{"user_id":"whatsapp:{0}"}""", "user id")]
    [InlineData("""{"conversation_initiation_client_data":{"user_id":"{0}"}}""", "user id")]
    [InlineData("""{"conversation_initiation_client_data":{"dynamic_variables":{"system__caller_id":"{0}"}}}""", "caller id")]
    [InlineData("""
        {"metadata":{"phone_call":{"direction":"outbound"}},"conversation_initiation_client_data":
        {"dynamic_variables":{"system__caller_id":"+12025550199","system__called_number":"{0}"}}}
        """, "caller id")]
    [InlineData("""{"metadata":{"phone_call":{"type":"sip_trunking","external_number":"sip:{0}@trunk.example.com"}}}""", "phone")]
    [InlineData("""{"metadata":{"phone_call":{"external_number":"{1}"}}}""", "phone")]
    [InlineData("""{"metadata":{"phone_call":{"external_number":"anonymous"}},"user_id":"{0}"}""", "user id")]
    [InlineData("""{"analysis":{"data_collection_results":{"phone_number":{"value":"{0}"}}}}""", "said")]
    [InlineData("""{"analysis":{"data_collection_results":{"x":{"value":1},"Callback Number":{"value":"{1}"}}}}""", "said")]
    [InlineData("""{"analysis":{"data_collection_results_list":[{"data_collection_id":"mobile","value":"{0}"}]}}""", "said")]
    public async Task A_conversation_belongs_to_the_lead_of_its_number_wherever_the_number_stands(string data, string matchedBy)
    {
        await DeliverAsync(Api.Sms.Text(from: _number), Transcript(data));

        Assert.Equal(
            ["lead_created", "sms_received", "conversation_transcript_added", "post_call_summary"], await fixture.ReadEventTypesAsync(_number));
        Assert.Equal(matchedBy, await ReadMatchedByAsync());
    }

    [Theory]
    [InlineData("""{"metadata":{"sms":{"sms_user_phone_number":"{0}"}}}""", false, "sms")]
    [InlineData("""{"metadata":{"whatsapp":{"whatsapp_user_id":"{1}"}}}""", false, "whatsapp")]
    [InlineData("""{"user_id":"{0}"}""", false, "voice")]
    [InlineData("""{"conversation_initiation_client_data":{"dynamic_variables":{"system__caller_id":"{0}"}}}""", false, "voice")]
    [InlineData("""{"analysis":{"data_collection_results":{"phone":{"value":"{0}"}}}}""", true, "voice")]
    public async Task A_new_number_becomes_a_lead_with_that_number_and_a_said_number_is_marked(string data, bool isClaimed, string channel)
    {
        await DeliverAsync(Transcript(data));

        var lead = await GetLeadAsync();
        Assert.Equal(_number, (string?)lead["phone"]);
        Assert.Equal(isClaimed, (bool)Assert.Single(lead["addresses"]!.AsArray())!["isClaimed"]!);
        Assert.Equal($"{channel} {(isClaimed ? "true" : "false")}", await fixture.ReadAsync<string>(
            """
            SELECT concat_ws(' ', data->>'channel', data->>'isClaimed') FROM lead_events JOIN leads ON leads.id = lead_id
            WHERE phone = $1 AND type = 'lead_created'
            """,
            _number));
    }

    [Fact]
    public async Task A_text_from_a_said_number_confirms_the_number()
    {
        await DeliverAsync(Transcript("""{"analysis":{"data_collection_results":{"phone":{"value":"{0}"}}}}"""), Api.Sms.Text(from: _number));

        var lead = await GetLeadAsync();
        Assert.False((bool)Assert.Single(lead["addresses"]!.AsArray())!["isClaimed"]!);
        Assert.Single(lead["messages"]!.AsArray());
    }

    [Theory]
    [InlineData("105954558954427")]
    [InlineData("US.13491208655302741918")]
    public async Task The_same_WhatsApp_id_is_the_same_lead_in_conversations_and_texts(string id)
    {
        var data = $$"""{"metadata":{"whatsapp":{"whatsapp_user_id":"{{id}}"} } }""";
        await DeliverAsync(Transcript(data), Transcript(data, PostCallDriver.NewConversation()), Api.Sms.Text(from: $"whatsapp:{id}"));

        Assert.Equal("2 1", await fixture.ReadAsync<string>(
            """
            SELECT concat_ws(' ',
                (SELECT count(*) FROM conversations WHERE lead_id = a.lead_id), (SELECT count(*) FROM messages WHERE lead_id = a.lead_id))
            FROM lead_addresses AS a WHERE kind = 'whatsapp' AND address = $1
            """,
            id));
    }

    [Theory]
    [InlineData("""{"user_id":"jane"}""")]
    [InlineData("""{"user_id":"anonymous"}""")]
    [InlineData("""{"user_id":"7378742833"}""")]
    [InlineData("""{"user_id":"1739537297"}""")]
    [InlineData("""{"user_id":"1739537297000"}""")]
    [InlineData("""{"user_id":"2000000115"}""")]
    [InlineData("""{"user_id":"user:42"}""")]
    [InlineData("""{"user_id":42}""")]
    [InlineData("""{"conversation_initiation_client_data":{"dynamic_variables":{"system__caller_id":"266696687"}}}""")]
    [InlineData("""{"conversation_initiation_client_data":{"dynamic_variables":{"system__caller_id":"+12025550"}}}""")]
    [InlineData("""{"metadata":{"whatsapp":{"whatsapp_user_id":"unknown"}}}""")]
    [InlineData("""{"metadata":{"phone_call":{"external_number":"7378742833"}}}""")]
    [InlineData("""{"metadata":{"phone_call":{"external_number":"+17378742833"}}}""")]
    [InlineData("""{"metadata":{"phone_call":{"external_number":"Restricted"}}}""")]
    [InlineData("""{"metadata":{"phone_call":{"external_number":"+86282452253"}}}""")]
    [InlineData("""{"metadata":{"phone_call":{"external_number":"+12025550"}}}""")]
    [InlineData("""{"metadata":{"phone_call":{"external_number":" "}}}""")]
    [InlineData("""{"metadata":{"phone_call":{"external_number":"{0}","agent_number":"{0}"}}}""")]
    [InlineData("""{"analysis":{"data_collection_results":{"employer_phone":{"value":"{0}"}}}}""")]
    [InlineData("""{"analysis":{"data_collection_results":{"phone":{"value":"not given"}}}}""")]
    [InlineData("""{"analysis":{"data_collection_results":{"monthly_income":{"value":2025550115}}}}""")]
    public async Task Two_conversations_without_a_persons_address_are_two_leads_without_an_address(string data)
    {
        var other = PostCallDriver.NewConversation();
        await DeliverAsync(Transcript(data), Transcript(data, other));

        Assert.Equal("2 0 new", await fixture.ReadAsync<string>(
            """
            SELECT concat_ws(' ', count(DISTINCT lead_id), count(phone) + count(address), min(matched_by))
            FROM conversations JOIN leads ON leads.id = lead_id LEFT JOIN lead_addresses USING (lead_id) WHERE conversation_id = ANY ($1)
            """,
            (object)new[] { _conversation, other }));
    }

    // Each clue names another lead. The first of the list decides, and the others contradict it.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task The_strongest_clue_decides_and_weaker_clues_that_name_other_leads_are_recorded(int strongest)
    {
        string[] clues = ["lead id", "conversation", "call", "phone", "user id", "caller id", "sms", "whatsapp", "said"];
        var call = VoiceStatusDriver.NewSid();
        var leads = new Dictionary<string, (string Number, Guid Id)>();
        foreach (var clue in clues.Skip(strongest))
        {
            var number = IncomingSmsDriver.NewNumber();
            await DeliverAsync(Api.Sms.Text(from: number));
            leads[clue] = (number, await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", number));
        }

        if (leads.TryGetValue("conversation", out var conversing))
        {
            await DeliverAsync(new ConversationEventsDriver(fixture.Time, _conversation).Started(conversing.Number));
        }

        if (leads.TryGetValue("call", out var calling))
        {
            await DeliverAsync(new VoiceStatusDriver(Api.Sms).Progress(call, calling.Number, "completed", 3));
        }

        string? Number(string clue) => leads.TryGetValue(clue, out var lead) ? lead.Number : null;
        await DeliverAsync(Api.PostCall.Request(new JsonObject
        {
            ["type"] = "post_call_transcription",
            ["event_timestamp"] = 1_793_000_000,
            ["data"] = new JsonObject
            {
                ["conversation_id"] = _conversation,
                ["user_id"] = Number("user id"),
                ["metadata"] = new JsonObject
                {
                    ["phone_call"] = new JsonObject { ["call_sid"] = call, ["external_number"] = Number("phone") },
                    ["sms"] = new JsonObject { ["sms_user_phone_number"] = Number("sms") },
                    ["whatsapp"] = new JsonObject { ["whatsapp_user_id"] = Number("whatsapp") },
                },
                ["conversation_initiation_client_data"] = new JsonObject
                {
                    ["dynamic_variables"] = new JsonObject
                    {
                        ["lead_id"] = leads.TryGetValue("lead id", out var known) ? known.Id.ToString() : null,
                        ["system__caller_id"] = Number("caller id"),
                    },
                },
                ["analysis"] = new JsonObject
                {
                    ["data_collection_results"] = new JsonObject { ["phone"] = new JsonObject { ["value"] = Number("said") } },
                },
            },
        }));

        var decided = await fixture.ReadAsync<Guid>("SELECT lead_id FROM conversations WHERE conversation_id = $1", _conversation);
        Assert.Equal(leads[clues[strongest]].Id, decided);
        var lead = (await Api.Client.GetFromJsonAsync<JsonNode>($"/api/leads/{decided}", TestContext.Current.CancellationToken))!;
        var conversation = lead["conversations"]!.AsArray().Single(one => (string?)one!["conversationId"] == _conversation)!;
        Assert.Equal(clues[strongest], (string?)conversation["matchedBy"]);
        Assert.Equal(
            clues.Skip(strongest + 1).Where(clue => clue != "said").Select(clue => (clue, leads[clue].Id)),
            conversation["contradictions"]!.AsArray().Select(other => ((string)other!["clue"]!, (Guid)other["leadId"]!)));
        if (strongest < 7)
        {
            Assert.Contains(Api.Logs.Entries, entry => entry.Contains("contradict", StringComparison.Ordinal)
                && entry.Contains($"{decided}", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("""{"user_id":"{0}"}""")]
    [InlineData("""{"caller_id":"{1}"}""")]
    [InlineData("""{"external_number":"whatsapp:{0}"}""")]
    [InlineData("""{"dynamic_variables":{"system__caller_id":"{0}"}}""")]
    [InlineData("""{"conversation_initiation_client_data":{"dynamic_variables":{"system__caller_id":"{0}"}}}""")]
    [InlineData("""{"metadata":{"whatsapp":{"whatsapp_user_id":"{1}"}}}""")]
    [InlineData("""{"metadata":{"sms":{"sms_user_phone_number":"{0}"}}}""")]
    public async Task A_live_conversation_belongs_to_the_lead_of_its_number_wherever_the_number_stands(string data)
    {
        var live = new ConversationEventsDriver(fixture.Time, _conversation);
        var fields = Fill(data).Select(field => (field.Key, field.Value?.DeepClone())).ToArray();
        await DeliverAsync(live.Event("conversation_started", 0, null, fields), live.User("Hello?", 1, 1));

        Assert.Equal(["lead_created", "call_initiated", "conversation_user"], await fixture.ReadEventTypesAsync(_number));
    }

    [Theory]
    [InlineData("""{"caller_id":"{1}"}""")]
    [InlineData("""{"caller_id":"sip:{0}@trunk.example.com"}""")]
    [InlineData("""{"caller_id":"anonymous","user_id":"{0}"}""")]
    [InlineData("""{"dynamic_variables":{"system__caller_id":"{0}"}}""")]
    [InlineData("""{"conversation_initiation_client_data":{"dynamic_variables":{"system__caller_id":"{0}"}}}""")]
    public async Task An_initiation_knows_the_caller_wherever_the_number_stands(string data)
    {
        await DeliverAsync(Api.Sms.Text(from: _number));
        var body = Fill(data);
        body["call_sid"] = InitiationDriver.NewCallSid();

        var variables = await InitiationDriver.Request(body.ToJsonString()).SendAndReadVariablesAsync(Api.Client);
        await Api.DrainAsync();

        Assert.True((bool)variables["is_known_caller"]!);
        Assert.Equal(["lead_created", "sms_received", "call_initiated"], await fixture.ReadEventTypesAsync(_number));
    }

    [Fact]
    public async Task An_initiation_with_our_own_lead_id_knows_the_lead_of_a_hidden_caller()
    {
        await DeliverAsync(Api.Sms.Text(from: _number));
        var lead = await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", _number);

        var variables = await InitiationDriver.Request(new JsonObject
        {
            ["caller_id"] = "+266696687",
            ["call_sid"] = InitiationDriver.NewCallSid(),
            ["dynamic_variables"] = new JsonObject { ["lead_id"] = $"{lead}" },
        }.ToJsonString()).SendAndReadVariablesAsync(Api.Client);
        await Api.DrainAsync();

        Assert.Equal($"{lead}", (string?)variables["lead_id"]);
        Assert.Contains("call_initiated", await fixture.ReadEventTypesAsync(_number));
    }

    [Property(MaxTest = 500)]
    public bool Reading_clues_never_throws(int seed)
    {
        var random = new Random(seed);
        string[] names =
        [
            "metadata", "phone_call", "sms", "whatsapp", "user_id", "external_number", "whatsapp_user_id", "analysis", "data_collection_results",
            "phone", "value", "conversation_initiation_client_data", "dynamic_variables", "system__caller_id", "direction", "name",
        ];
        JsonNode? Node(int depth) => random.Next(depth > 4 ? 4 : 7) switch
        {
            0 => null,
            1 => random.Next(),
            2 => "+12025550115",
            3 => "\ud83d anonymous",
            4 => new JsonArray([.. Enumerable.Range(0, random.Next(3)).Select(_ => Node(depth + 1))]),
            _ => new JsonObject(names.Where(_ => random.Next(3) == 0).Select(name => KeyValuePair.Create(name, Node(depth + 1)))),
        };
        using var document = JsonDocument.Parse(Node(0)?.ToJsonString() ?? "null");
        return CallerClues.Read(document.RootElement).All(clue => clue.Address.Text.Length > 0);
    }

    private JsonObject Fill(string data) => JsonNode.Parse(
        data.Replace("{0}", _number, StringComparison.Ordinal).Replace("{1}", _number[1..], StringComparison.Ordinal))!.AsObject();

    private SignedRequest Transcript(string data, string? conversation = null)
    {
        var filled = Fill(data);
        filled["conversation_id"] = conversation ?? _conversation;
        filled["transcript"] = new JsonArray(PostCallDriver.Turn("user", "Hi.", 0));
        return Api.PostCall.Request(new JsonObject
        {
            ["type"] = "post_call_transcription",
            ["event_timestamp"] = 1_793_000_000,
            ["data"] = filled,
        });
    }

    private Task<string> ReadMatchedByAsync() =>
        fixture.ReadAsync<string>("SELECT matched_by FROM conversations WHERE conversation_id = $1", _conversation);

    private async Task<JsonNode> GetLeadAsync()
    {
        var id = await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", _number);
        return (await Api.Client.GetFromJsonAsync<JsonNode>($"/api/leads/{id}", TestContext.Current.CancellationToken))!;
    }

    private async Task DeliverAsync(params SignedRequest[] requests)
    {
        foreach (var request in requests)
        {
            await request.DeliverAsync(Api.Client);
            await Api.DrainAsync();
        }
    }
}
