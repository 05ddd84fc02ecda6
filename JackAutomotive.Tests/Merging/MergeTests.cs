using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.Tests.Merging;

/// <summary>Merging two leads, and undoing it.</summary>
public class MergeTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private WebhookApiInstance Api => fixture.Instance;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_lead_that_stays_has_all_rows_and_its_log_goes_on_without_a_gap()
    {
        var (stays, gone) = (await NewLeadAsync(), await NewLeadAsync());
        await CallAsync(gone.Number);
        var before = await CountRowsAsync(stays.Id);
        var moved = await CountRowsAsync(gone.Id);
        var log = await ReadLogAsync(gone.Id);

        var merge = await MergeAsync(stays.Id, gone.Id, "the same person");

        var after = await CountRowsAsync(stays.Id);
        Assert.All(moved.Keys.Except(["lead_sentiments", "lead_contacts"]), table => Assert.Equal((table, before[table] + moved[table]), (table, after[table])));
        Assert.Equal(1, after["lead_contacts"]);
        Assert.All(await CountRowsAsync(gone.Id), count => Assert.Equal((count.Key, 0), (count.Key, count.Value)));
        Assert.Equal(
            ["lead_created", "sms_received", "lead_merged"], await fixture.ReadEventTypesAsync(stays.Number));
        Assert.Equal([.. log, "lead_merged_into"], await ReadLogAsync(gone.Id));
        var lead = (await Api.Client.GetFromJsonAsync<JsonNode>($"/api/leads/{stays.Id}", Cancellation))!;
        Assert.Equal(
            new[] { stays.Number, gone.Number }.Order(), lead["addresses"]!.AsArray().Select(address => (string)address!["address"]!).Order());
        Assert.Equal((stays.Id, gone.Id, "JACK_API_KEY", "the same person"), (
            (Guid)merge["leadId"]!, (Guid)merge["mergedLeadId"]!, (string)merge["mergedBy"]!, (string)merge["reason"]!));
    }

    [Fact]
    public async Task Later_webhooks_that_name_the_lead_that_is_gone_find_the_lead_that_stays()
    {
        var (first, second, third) = (await NewLeadAsync(), await NewLeadAsync(), await NewLeadAsync());
        await MergeAsync(second.Id, first.Id);
        await MergeAsync(third.Id, second.Id);
        var (conversation, call) = (PostCallDriver.NewConversation(), VoiceStatusDriver.NewSid());

        await DeliverAsync(
            Api.Sms.Text(from: first.Number),
            new VoiceStatusDriver(Api.Sms).Progress(call, second.Number, "completed", 3),
            new ConversationEventsDriver(fixture.Time, conversation).Started(leadId: first.Id.ToString()));
        var variables = await InitiationDriver.Request(new JsonObject
        {
            ["caller_id"] = "anonymous",
            ["call_sid"] = InitiationDriver.NewCallSid(),
            ["dynamic_variables"] = new JsonObject { ["lead_id"] = first.Id.ToString() },
        }.ToJsonString()).SendAndReadVariablesAsync(Api.Client);

        Assert.Equal(third.Id.ToString(), (string?)variables["lead_id"]);
        Assert.Equal(4, await fixture.CountAsync("messages WHERE lead_id = $1", third.Id));
        Assert.Equal(third.Id, await fixture.ReadAsync<Guid>("SELECT lead_id FROM calls WHERE call_sid = $1", call));
        Assert.Equal(third.Id, await fixture.ReadAsync<Guid>("SELECT lead_id FROM live_conversations WHERE conversation_id = $1", conversation));
        Assert.Equal(0, await fixture.CountAsync("unassigned_contacts WHERE lead_id = $1", third.Id));
        using var answer = await Api.Client.GetAsync(new Uri($"/api/leads/{first.Id}", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.Gone, answer.StatusCode);
        var problem = await Problem.AssertAsync(answer, "urn:jack-automotive:problem:lead-merged");
        Assert.Equal(third.Id, (Guid)problem["mergedInto"]!);
    }

    [Fact]
    public async Task An_undo_gives_both_leads_exactly_their_rows()
    {
        var (stays, gone) = (await NewLeadAsync(), await NewLeadAsync());
        await CallAsync(gone.Number);
        await CallAsync(stays.Number, "This is a scam, worst dealership ever.");
        var before = (await ReadRowsAsync(stays.Id), await ReadRowsAsync(gone.Id));

        var merge = await MergeAsync(stays.Id, gone.Id);
        using var answer = await UndoAsync(stays.Id);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var undone = (await answer.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!;
        Assert.Equal(((Guid)merge["mergeId"]!, "JACK_API_KEY"), ((Guid)undone["mergeId"]!, (string)undone["undoneBy"]!));
        Assert.Equal(before.Item1, await ReadRowsAsync(stays.Id));
        Assert.Equal(before.Item2, await ReadRowsAsync(gone.Id));
        Assert.Equal(["lead_merged_into", "lead_merge_undone"], (await fixture.ReadEventTypesAsync(gone.Number))[^2..]);
        Assert.Equal(["lead_merged", "lead_merge_undone"], (await fixture.ReadEventTypesAsync(stays.Number))[^2..]);

        await DeliverAsync(Api.Sms.Text(from: gone.Number));
        Assert.Equal("sms_received", (await fixture.ReadEventTypesAsync(gone.Number))[^1]);
    }

    [Fact]
    public async Task A_lead_may_be_merged_undone_and_merged_again()
    {
        var (stays, gone) = (await NewLeadAsync(), await NewLeadAsync());
        for (var i = 0; i < 2; i++)
        {
            await MergeAsync(stays.Id, gone.Id);
            using var answer = await UndoAsync(stays.Id);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        await MergeAsync(stays.Id, gone.Id);
        Assert.Equal(2, await fixture.CountAsync("messages WHERE lead_id = $1", stays.Id));
    }

    [Fact]
    public async Task Merges_are_undone_from_the_newest_to_the_oldest()
    {
        var (first, second, third) = (await NewLeadAsync(), await NewLeadAsync(), await NewLeadAsync());
        await MergeAsync(second.Id, first.Id);
        await MergeAsync(third.Id, second.Id);

        using var gone = await UndoAsync(second.Id);
        using var one = await UndoAsync(third.Id);
        Assert.Equal((HttpStatusCode.Gone, HttpStatusCode.OK), (gone.StatusCode, one.StatusCode));
        Assert.Equal(2, await fixture.CountAsync("messages WHERE lead_id = $1", second.Id));

        // A merge that was undone is nothing new.
        using var other = await UndoAsync(second.Id);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        Assert.Equal(1, await fixture.CountAsync("messages WHERE lead_id = $1", first.Id));
    }

    [Fact]
    public async Task After_a_new_event_a_merge_cannot_be_undone()
    {
        var (stays, gone) = (await NewLeadAsync(), await NewLeadAsync());
        await MergeAsync(stays.Id, gone.Id);
        await DeliverAsync(Api.Sms.Text(from: gone.Number));

        using var answer = await UndoAsync(stays.Id);

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        var problem = await Problem.AssertAsync(answer, "urn:jack-automotive:problem:merge-has-news");
        Assert.Contains("sms_received", (string)problem["reason"]!, StringComparison.Ordinal);
        Assert.Equal(3, await fixture.CountAsync("messages WHERE lead_id = $1", stays.Id));
    }

    [Fact]
    public async Task After_a_new_row_without_an_event_a_merge_cannot_be_undone()
    {
        var (stays, gone) = (await NewLeadAsync(), await NewLeadAsync());
        await MergeAsync(stays.Id, gone.Id);
        await fixture.ReadAsync<string>(
            "INSERT INTO lead_addresses (kind, address, lead_id, created_at) VALUES ('messenger', $1, $2, now()) RETURNING kind",
            Guid.NewGuid().ToString(),
            stays.Id);

        using var answer = await UndoAsync(stays.Id);

        var problem = await Problem.AssertAsync(answer, "urn:jack-automotive:problem:merge-has-news");
        Assert.Contains("lead_addresses", (string)problem["reason"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repeated_merge_returns_the_same_merge()
    {
        var (stays, gone) = (await NewLeadAsync(), await NewLeadAsync());

        var first = await MergeAsync(stays.Id, gone.Id);
        var repeated = await MergeAsync(stays.Id, gone.Id);

        Assert.Equal((Guid)first["mergeId"]!, (Guid)repeated["mergeId"]!);
        Assert.Equal(1, await fixture.CountAsync("lead_events WHERE type = 'lead_merged' AND lead_id = $1", stays.Id));
    }

    [Fact]
    public async Task Impossible_merges_are_refused()
    {
        var (lead, gone, other) = (await NewLeadAsync(), await NewLeadAsync(), await NewLeadAsync());
        await MergeAsync(lead.Id, gone.Id);

        await RefuseAsync(lead.Id, lead.Id, HttpStatusCode.Conflict, "merge-with-itself");
        await RefuseAsync(lead.Id, Guid.NewGuid(), HttpStatusCode.NotFound, "no-such-lead");
        await RefuseAsync(Guid.NewGuid(), lead.Id, HttpStatusCode.NotFound, "no-such-lead");
        var already = await RefuseAsync(other.Id, gone.Id, HttpStatusCode.Conflict, "merged-already");
        Assert.Equal(lead.Id, (Guid)already["mergedInto"]!);
        await RefuseAsync(gone.Id, other.Id, HttpStatusCode.Gone, "lead-merged");
        using var undo = await UndoAsync(other.Id);
        Assert.Equal(HttpStatusCode.NotFound, undo.StatusCode);
        await Problem.AssertAsync(undo, "urn:jack-automotive:problem:no-merge");
    }

    [Theory]
    [InlineData("[]", "from")]
    [InlineData("{}", "from")]
    [InlineData("""{"from":"bob"}""", "from")]
    [InlineData("""{"from":"01936a5e-7c41-7d3e-9a05-3f0c1b6d2e48","reason":7}""", "reason")]
    [InlineData("""{"from":"01936a5e-7c41-7d3e-9a05-3f0c1b6d2e48","into":"x"}""", "into")]
    public async Task A_wrong_request_is_refused_and_names_the_field(string body, string field)
    {
        using var answer = await Api.Client.PostAsync(
            new Uri($"/api/leads/{Guid.NewGuid()}/merge", UriKind.Relative),
            new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
            Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(field, Assert.Single((await Problem.AssertAsync(answer))["errors"]!.AsObject()).Key);
    }

    [Fact]
    public async Task Only_a_key_that_may_write_merges()
    {
        var key = Guid.NewGuid().ToString("N") + Guid.NewGuid().ToString("N");
        await fixture.ReadAsync<string>(
            "INSERT INTO api_keys (key_hash, name, scopes, created_at) VALUES (sha256($1::bytea), 'reader', '{read}', now()) RETURNING name",
            System.Text.Encoding.UTF8.GetBytes(key));
        using var reader = Api.NewClient(key);

        using var answer = await reader.PostAsJsonAsync(
            new Uri($"/api/leads/{Guid.NewGuid()}/merge", UriKind.Relative), new { from = Guid.NewGuid() }, Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task Deliveries_that_are_handled_during_a_merge_leave_nothing_with_the_lead_that_is_gone()
    {
        await using var other = fixture.Start();
        var (stays, gone) = (await NewLeadAsync(), await NewLeadAsync());
        var (call, conversation) = (VoiceStatusDriver.NewSid(), PostCallDriver.NewConversation());
        var post = PostCallDriver.Transcription(conversation, gone.Number);
        post["data"]!["metadata"]!["phone_call"]!["call_sid"] = call;
        SignedRequest[] requests =
        [
            .. Enumerable.Range(0, 20).Select(i => Api.Sms.Text($"Text {i}", gone.Number)),
            .. new VoiceStatusDriver(Api.Sms).Answered(call, gone.Number),
            InitiationDriver.Ask(gone.Number, call, conversation),
            Api.PostCall.Request(post),
        ];
        foreach (var request in requests)
        {
            await request.DeliverAsync(Api.Client);
        }

        var merging = MergeAsync(stays.Id, gone.Id);
        await Wait.UntilAsync(
            async () =>
            {
                await Task.WhenAll(Api.DrainAsync(), other.DrainAsync());
                fixture.Time.Advance(TimeSpan.FromSeconds(1)); // A delivery that met the merge is due again.
                return await fixture.CountAsync("inbox WHERE state = 'pending'") == 0;
            },
            "every delivery to be handled");
        await merging;

        Assert.Equal(0, await fixture.CountAsync("inbox WHERE state = 'parked'"));
        Assert.All(await CountRowsAsync(gone.Id), count => Assert.Equal((count.Key, 0), (count.Key, count.Value)));
        Assert.Equal(22, await fixture.CountAsync("messages WHERE lead_id = $1", stays.Id));
        Assert.Equal("lead_merged_into", (await ReadLogAsync(gone.Id))[^1]);
        await fixture.ReadEventTypesAsync(stays.Number);
    }

    // The moment is forced: the handler has found its lead and is about to store the text.
    [Fact]
    public async Task A_delivery_that_has_found_its_lead_before_the_merge_is_handled_again()
    {
        var (stays, gone) = (await NewLeadAsync(), await NewLeadAsync());
        await using var connection = await fixture.Database.OpenConnectionAsync(Cancellation);
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        await using (var block = new Npgsql.NpgsqlCommand("LOCK TABLE messages IN EXCLUSIVE MODE", connection))
        {
            await block.ExecuteNonQueryAsync(Cancellation);
        }

        await Api.Sms.Text("Between", gone.Number).DeliverAsync(Api.Client);
        var handling = Api.DrainAsync();
        await Wait.UntilAsync(
            async () => await fixture.CountAsync("pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%INTO messages%'") > 0,
            "the handler to wait");

        // The merge is done by hand as far as it matters, because it would wait for the table, too.
        await using (var merge = new Npgsql.NpgsqlCommand(
            """
            WITH moved AS (UPDATE lead_addresses SET lead_id = $1 WHERE lead_id = $2)
            UPDATE messages SET lead_id = $1 WHERE lead_id = $2
            """,
            connection))
        {
            merge.Parameters.AddWithValue(stays.Id);
            merge.Parameters.AddWithValue(gone.Id);
            await merge.ExecuteNonQueryAsync(Cancellation);
        }

        await using (var remove = new Npgsql.NpgsqlCommand("DELETE FROM leads WHERE id = $1", connection))
        {
            remove.Parameters.AddWithValue(gone.Id);
            await remove.ExecuteNonQueryAsync(Cancellation);
        }

        await transaction.CommitAsync(Cancellation);
        await handling;
        fixture.Time.Advance(TimeSpan.FromSeconds(5));
        await Api.DrainAsync();

        Assert.Equal(stays.Id, await fixture.ReadAsync<Guid>("SELECT lead_id FROM messages WHERE body = 'Between'"));
        Assert.Equal("sms_received", (await fixture.ReadEventTypesAsync(stays.Number))[^1]);
    }

    private async Task<(string Number, Guid Id)> NewLeadAsync()
    {
        var number = IncomingSmsDriver.NewNumber();
        await DeliverAsync(Api.Sms.Text(from: number));
        return (number, await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", number));
    }

    // A call with everything that belongs to it.
    private async Task CallAsync(string number, string words = "Call me tomorrow at five. And stop texting me.")
    {
        var (call, conversation, conference) = (VoiceStatusDriver.NewSid(), PostCallDriver.NewConversation(), $"CF{Guid.NewGuid():N}");
        var live = new ConversationEventsDriver(fixture.Time, conversation);
        var voice = new VoiceStatusDriver(Api.Sms);
        var post = PostCallDriver.Transcription(conversation, number);
        post["data"]!["metadata"]!["phone_call"]!["call_sid"] = call;
        post["data"]!["transcript"]!.AsArray().Add(PostCallDriver.Turn("user", words, 5));
        await DeliverAsync(
        [
            InitiationDriver.Ask(number, call, conversation),
            .. voice.Answered(call, number),
            live.Started(number, call),
            live.User("Hello?", 1, 1),
            new RecordingDriver(Api.Sms).Status(RecordingDriver.NewSid(), call, "completed"),
            voice.Joined(call, conference),
            new RecordingDriver(Api.Sms).OfConference(RecordingDriver.NewSid(), conference),
            Api.PostCall.Request(post),
            Api.PostCall.Request(PostCallDriver.Audio(conversation, new byte[100])),
            Api.PostCall.Request(PostCallDriver.Failure(PostCallDriver.NewConversation(), "busy", "sip", new JsonObject
            {
                ["to_number"] = number, ["from_number"] = IncomingSmsDriver.OurNumber, ["sip_status_code"] = 486,
            })),
        ]);
        await Api.AnalyseAsync();
    }

    private async Task<JsonNode> MergeAsync(Guid stays, Guid gone, string? reason = null)
    {
        using var answer = await Api.Client.PostAsJsonAsync(
            new Uri($"/api/leads/{stays}/merge", UriKind.Relative), new { from = gone, reason }, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!;
    }

    private async Task<JsonNode> RefuseAsync(Guid stays, Guid gone, HttpStatusCode status, string type)
    {
        using var answer = await Api.Client.PostAsJsonAsync(
            new Uri($"/api/leads/{stays}/merge", UriKind.Relative), new { from = gone }, Cancellation);
        Assert.Equal(status, answer.StatusCode);
        return await Problem.AssertAsync(answer, $"urn:jack-automotive:problem:{type}");
    }

    private Task<HttpResponseMessage> UndoAsync(Guid stays) =>
        Api.Client.PostAsync(new Uri($"/api/leads/{stays}/merge/undo", UriKind.Relative), null, Cancellation);

    private async Task<Dictionary<string, long>> CountRowsAsync(Guid lead)
    {
        var counts = new Dictionary<string, long>();
        foreach (var table in LeadTables.All.Where(table => table.OnMerge != RowsOnMerge.Stay))
        {
            counts[table.Name] = await fixture.CountAsync($"{table.Name} WHERE {table.Column} = $1", lead);
        }

        return counts;
    }

    // Every row of the lead to the letter, without the counters of its log.
    private async Task<List<string>> ReadRowsAsync(Guid lead)
    {
        var rows = new List<string>();
        foreach (var table in LeadTables.All.Where(table => table.OnMerge != RowsOnMerge.Stay))
        {
            rows.AddRange(await fixture.ListAsync<string>(
                $"SELECT '{table.Name} ' || to_jsonb(t)::text FROM {table.Name} AS t WHERE {table.Column} = $1 ORDER BY 1", lead));
        }

        rows.AddRange(await fixture.ListAsync<string>(
            "SELECT (to_jsonb(leads) - 'last_seq' - 'updated_at')::text FROM leads WHERE id = $1", lead));
        return rows;
    }

    private Task<List<string>> ReadLogAsync(Guid lead) =>
        fixture.ListAsync<string>("SELECT type FROM lead_events WHERE lead_id = $1 ORDER BY seq", lead);

    private async Task DeliverAsync(params SignedRequest[] requests)
    {
        foreach (var request in requests)
        {
            await request.DeliverAsync(Api.Client);
            await Api.DrainAsync();
        }
    }
}
