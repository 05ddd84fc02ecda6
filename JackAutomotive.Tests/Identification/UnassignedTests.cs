using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Identification;

/// <summary>The queue of calls and conversations whose clues do not name one lead.</summary>
public class UnassignedTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private readonly string _conversation = PostCallDriver.NewConversation();
    private readonly string _call = VoiceStatusDriver.NewSid();

    private WebhookApiInstance Api => fixture.Instance;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_conversation_whose_strongest_clues_name_two_leads_belongs_to_neither_until_a_person_decides()
    {
        var (ann, bob) = (await NewLeadAsync(), await NewLeadAsync());
        await DeliverAsync(Transcript(ann, bob));

        var entry = await FindEntryAsync();
        Assert.Equal("ambiguous", (string?)entry["reason"]);
        Assert.Equal("unclear", (string?)entry["matchedBy"]);
        Assert.Equal("conversation", (string?)entry["kind"]);
        Assert.Equal(
            [("user id", ann.Id), ("whatsapp", bob.Id)],
            entry["clues"]!.AsArray().Select(clue => ((string)clue!["clue"]!, (Guid)clue["leadIds"]![0]!)));
        var own = (Guid)entry["leadId"]!;
        Assert.True((bool)entry["isOwnLead"]!);
        Assert.DoesNotContain(own, new[] { ann.Id, bob.Id });
        Assert.Equal(own, await LeadOfConversationAsync());
        Assert.Equal(0, await fixture.CountAsync("conversations WHERE lead_id = ANY ($1)", new[] { ann.Id, bob.Id }));

        using var answer = await ResolveAsync(entry, new { leadId = bob.Id });

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(bob.Id, await LeadOfConversationAsync());
        Assert.Null(await TryFindEntryAsync());
        Assert.Equal(
            ["lead_created", "sms_received", "contact_assigned", "lead_merged"], await fixture.ReadEventTypesAsync(bob.Number));
        Assert.Equal("lead_merged_into", await fixture.ReadAsync<string>(
            "SELECT type FROM lead_events WHERE lead_id = $1 ORDER BY seq DESC LIMIT 1", own));
        var lead = (await Api.Client.GetFromJsonAsync<JsonNode>($"/api/leads/{bob.Id}", Cancellation))!;
        Assert.Equal("person", (string?)Assert.Single(lead["conversations"]!.AsArray())!["matchedBy"]);

        // The next analysis of the same conversation finds the lead that the person chose.
        await DeliverAsync(Transcript(ann, bob, at: 1_793_000_060));
        Assert.Equal(bob.Id, await LeadOfConversationAsync());
        Assert.Null(await TryFindEntryAsync());
    }

    [Fact]
    public async Task A_contradicted_conversation_is_listed_with_the_lead_that_the_strongest_clue_names()
    {
        var (ann, bob) = (await NewLeadAsync(), await NewLeadAsync());
        await DeliverAsync(CallOf(bob.Number, ann.Id));

        var entry = await FindEntryAsync();
        Assert.Equal(("contradiction", "lead id", "call"), ((string)entry["reason"]!, (string)entry["matchedBy"]!, (string)entry["kind"]!));
        Assert.Equal(ann.Id, (Guid)entry["leadId"]!);
        Assert.False((bool)entry["isOwnLead"]!);

        using var answer = await ResolveAsync(entry, new { leadId = bob.Id });

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(bob.Id, await LeadOfConversationAsync());
        Assert.Equal(0, await fixture.CountAsync("conversations WHERE lead_id = $1", ann.Id));
        Assert.Contains("contact_assigned", await fixture.ReadEventTypesAsync(ann.Number));
        Assert.Contains("contact_assigned", await fixture.ReadEventTypesAsync(bob.Number));

        // Our own lead id is in every analysis of the conversation. The person's decision wins.
        await DeliverAsync(CallOf(bob.Number, ann.Id, at: 1_793_000_060));
        Assert.Equal(bob.Id, await LeadOfConversationAsync());
    }

    [Fact]
    public async Task A_call_with_its_statuses_and_recordings_moves_with_its_conversation()
    {
        var (ann, bob) = (await NewLeadAsync(), await NewLeadAsync());
        var recordings = new RecordingDriver(Api.Sms);
        await DeliverAsync(
            CallOf(bob.Number, ann.Id),
            new VoiceStatusDriver(Api.Sms).Progress(_call, bob.Number, "completed", 3),
            recordings.Status(RecordingDriver.NewSid(), _call, "completed"),
            Api.PostCall.Request(PostCallDriver.Audio(_conversation, new byte[100])));
        await Api.AnalyseAsync();
        Assert.Equal(ann.Id, await fixture.ReadAsync<Guid>("SELECT lead_id FROM calls WHERE call_sid = $1", _call));

        using var answer = await ResolveAsync(await FindEntryAsync(), new { leadId = bob.Id });

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        foreach (var (table, id, column) in new[]
        {
            ("calls", _call, "call_sid"), ("conversations", _conversation, "conversation_id"),
            ("conversation_audio", _conversation, "conversation_id"), ("conversation_analyses", _conversation, "subject"),
        })
        {
            Assert.Equal(bob.Id, await fixture.ReadAsync<Guid>($"SELECT lead_id FROM {table} WHERE {column} = $1", id));
        }
    }

    [Fact]
    public async Task A_person_may_give_the_contact_a_lead_of_its_own()
    {
        var (ann, bob) = (await NewLeadAsync(), await NewLeadAsync());
        await DeliverAsync(CallOf(bob.Number, ann.Id));

        using var answer = await ResolveAsync(await FindEntryAsync(), new { newLead = true });

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var lead = await LeadOfConversationAsync();
        Assert.DoesNotContain(lead, new[] { ann.Id, bob.Id });
        Assert.Equal(
            ["lead_created", "contact_assigned"],
            await fixture.ListAsync<string>("SELECT type FROM lead_events WHERE lead_id = $1 ORDER BY seq", lead));
    }

    [Fact]
    public async Task A_number_from_which_two_leads_have_called_identifies_nobody()
    {
        var (ann, bob) = (await NewLeadAsync(), await NewLeadAsync());
        await DeliverAsync(CallOf(bob.Number, ann.Id));
        using (var answer = await ResolveAsync(await FindEntryAsync(), new { leadId = ann.Id }))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        var call = VoiceStatusDriver.NewSid();
        var variables = await InitiationDriver.Ask(bob.Number, call).SendAndReadVariablesAsync(Api.Client);
        await Api.DrainAsync();

        Assert.False((bool)variables["is_known_caller"]!);
        var entry = await FindEntryAsync(call);
        Assert.Equal("shared_number", (string?)entry["reason"]);
        Assert.Equal(
            new[] { ann.Id, bob.Id }.Order(), entry["clues"]![0]!["leadIds"]!.AsArray().Select(id => (Guid)id!).Order());
        Assert.True((bool)entry["isOwnLead"]!);
    }

    [Fact]
    public async Task A_decision_is_made_once()
    {
        var (ann, bob) = (await NewLeadAsync(), await NewLeadAsync());
        await DeliverAsync(Transcript(ann, bob));
        var entry = await FindEntryAsync();
        using var first = await ResolveAsync(entry, new { leadId = ann.Id });
        using var repeated = await ResolveAsync(entry, new { leadId = ann.Id });
        using var other = await ResolveAsync(entry, new { leadId = bob.Id });

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, repeated.StatusCode));
        Assert.Equal(HttpStatusCode.Conflict, other.StatusCode);
        await Problem.AssertAsync(other, "urn:jack-automotive:problem:contact-resolved");
        Assert.Equal(1, await fixture.CountAsync("lead_events WHERE type = 'contact_assigned' AND lead_id = $1", ann.Id));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"newLead":false}""")]
    [InlineData("""{"leadId":"bob"}""")]
    [InlineData("""{"leadId":"01936a5e-7c41-7d3e-9a05-3f0c1b6d2e48","newLead":true}""")]
    public async Task A_wrong_decision_is_refused(string body)
    {
        using var answer = await Api.Client.PostAsync(
            new Uri($"/api/leads/unassigned/{Guid.NewGuid()}/resolve", UriKind.Relative),
            new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
            Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("leadId", Assert.Single((await Problem.AssertAsync(answer))["errors"]!.AsObject()).Key);
    }

    [Fact]
    public async Task Unknown_contacts_and_leads_are_answered_404()
    {
        var (ann, bob) = (await NewLeadAsync(), await NewLeadAsync());
        await DeliverAsync(Transcript(ann, bob));
        using var noContact = await ResolveAsync(new JsonObject { ["id"] = Guid.NewGuid() }, new { newLead = true });
        using var noLead = await ResolveAsync(await FindEntryAsync(), new { leadId = Guid.NewGuid() });

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (noContact.StatusCode, noLead.StatusCode));
        await Problem.AssertAsync(noContact, "urn:jack-automotive:problem:no-such-contact");
        await Problem.AssertAsync(noLead, "urn:jack-automotive:problem:no-such-lead");
    }

    [Fact]
    public async Task The_queue_is_read_page_by_page()
    {
        var conversations = new List<string>();
        var (ann, bob) = (await NewLeadAsync(), await NewLeadAsync());
        for (var i = 0; i < 3; i++)
        {
            conversations.Add(PostCallDriver.NewConversation());
            await DeliverAsync(Transcript(ann, bob, conversations[^1]));
            fixture.Time.Advance(TimeSpan.FromMilliseconds(2));
        }

        var seen = new List<string?>();
        var before = "";
        do
        {
            var page = (await Api.Client.GetFromJsonAsync<JsonNode>($"/api/leads/unassigned?limit=1{before}", Cancellation))!;
            seen.AddRange(page["items"]!.AsArray().Select(item => (string?)item!["conversationId"]));
            before = page["next"] is { } next ? $"&before={next}" : "";
        }
        while (before.Length > 0);

        Assert.Equal(Enumerable.Reverse(conversations), seen.Where(seenId => conversations.Contains(seenId!)));
        Assert.Equal(seen.Count, seen.Distinct().Count());
    }

    private async Task<(string Number, Guid Id)> NewLeadAsync()
    {
        var number = IncomingSmsDriver.NewNumber();
        await DeliverAsync(Api.Sms.Text(from: number));
        return (number, await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", number));
    }

    // Without a telephone call: two of the weaker clues are equally strong.
    private SignedRequest Transcript((string Number, Guid Id) user, (string Number, Guid Id) whatsApp, string? conversation = null, long at = 1_793_000_000) =>
        Api.PostCall.Request(new JsonObject
        {
            ["type"] = "post_call_transcription",
            ["event_timestamp"] = at,
            ["data"] = new JsonObject
            {
                ["conversation_id"] = conversation ?? _conversation,
                ["user_id"] = user.Number,
                ["metadata"] = new JsonObject { ["whatsapp"] = new JsonObject { ["whatsapp_user_id"] = whatsApp.Number } },
                ["transcript"] = new JsonArray(PostCallDriver.Turn("user", "Hi.", 0)),
            },
        });

    private SignedRequest CallOf(string number, Guid leadId, long at = 1_793_000_000)
    {
        var call = PostCallDriver.Transcription(_conversation, number, at);
        call["data"]!["metadata"]!["phone_call"]!["call_sid"] = _call;
        call["data"]!["conversation_initiation_client_data"]!["dynamic_variables"]!["lead_id"] = leadId.ToString();
        return Api.PostCall.Request(call);
    }

    private Task<Guid> LeadOfConversationAsync() =>
        fixture.ReadAsync<Guid>("SELECT lead_id FROM conversations WHERE conversation_id = $1", _conversation);

    private async Task<JsonNode> FindEntryAsync(string? callSid = null) =>
        await TryFindEntryAsync(callSid) ?? throw new InvalidOperationException("The contact is not listed.");

    private async Task<JsonNode?> TryFindEntryAsync(string? callSid = null)
    {
        var page = (await Api.Client.GetFromJsonAsync<JsonNode>("/api/leads/unassigned?limit=200", Cancellation))!;
        return page["items"]!.AsArray().SingleOrDefault(item => callSid is null
            ? (string?)item!["conversationId"] == _conversation
            : (string?)item!["callSid"] == callSid);
    }

    private Task<HttpResponseMessage> ResolveAsync(JsonNode entry, object decision) =>
        Api.Client.PostAsJsonAsync(new Uri($"/api/leads/unassigned/{entry["id"]}/resolve", UriKind.Relative), decision, Cancellation);

    private async Task DeliverAsync(params SignedRequest[] requests)
    {
        foreach (var request in requests)
        {
            await request.DeliverAsync(Api.Client);
            await Api.DrainAsync();
        }
    }
}
