using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using Microsoft.Extensions.DependencyInjection;

namespace JackAutomotive.Tests.Erasure;

/// <summary>Erasing a lead removes everything about the person.</summary>
public class ErasureTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private static readonly string[] s_toldVariables =
        ["lead_name", "channel_history", "last_contact", "last_conversation_summary", "recent_messages"];

    // A word that only the person of the test says.
    private readonly string _word = $"Zyxwoopel{Guid.NewGuid():N}";
    private readonly string _number = IncomingSmsDriver.NewNumber();
    private readonly string _conversation = PostCallDriver.NewConversation();
    private readonly string _call = VoiceStatusDriver.NewSid();

    private WebhookApiInstance Api => fixture.Instance;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // The proof: no text, JSON or bytes of any table contain the person's number, name or words.
    [Fact]
    public async Task Nothing_in_the_database_or_the_object_store_contains_the_person()
    {
        await LiveThroughEverythingAsync();
        var lead = await FindLeadAsync();
        Assert.NotEmpty(await ScanAsync());

        var details = await EraseAsync(lead);

        Assert.Empty(await ScanAsync());
        Assert.True((int)details["deliveries"]! > 15, details.ToJsonString());
        Assert.Equal(0, await fixture.CountAsync("leads WHERE id = $1", lead));
        foreach (var table in LeadTables.All)
        {
            Assert.Equal(0, await fixture.CountAsync($"{table.Name} WHERE {table.Column} = $1", lead));
        }

        Assert.Empty(fixture.Data.EnumerateFiles("*", SearchOption.AllDirectories)
            .Where(file => file.Length >= 1_000_000).Select(file => file.Name));
        Assert.DoesNotContain(Api.Logs.Entries, entry => entry.Contains(_number[2..], StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_stays_for_the_ledger_has_no_personal_data()
    {
        await DeliverAsync(Api.Sms.Text("STOP", _number));
        var (other, lead) = (await NewLeadAsync(), await FindLeadAsync());
        using (var merge = await Api.Client.PostAsJsonAsync(new Uri($"/api/leads/{lead}/merge", UriKind.Relative), new { from = other }, Cancellation))
        {
            Assert.Equal(HttpStatusCode.OK, merge.StatusCode);
        }

        await Api.AnalyseAsync();
        await EraseAsync(lead);

        Assert.Equal($"{lead} {other} JACK_API_KEY", await fixture.ReadAsync<string>(
            "SELECT concat_ws(' ', lead_id, merged_ids[1], erased_by) FROM erasures WHERE lead_id = $1", lead));
        Assert.Equal("{}{}", await fixture.ReadAsync<string>(
            "SELECT gone_lead::text || stays_lead::text FROM lead_merges WHERE stays_id = $1", lead));
        Assert.Equal(0, await fixture.CountAsync("lead_events WHERE lead_id = ANY ($1)", new[] { lead, other }));
        await using var work = await Api.Services.GetRequiredService<UnitOfWorkFactory>().BeginAsync(null, Cancellation);
        Assert.True(PhoneNumber.TryParse(_number, out var phone));
        Assert.True(await Api.Services.GetRequiredService<ErasedContacts>().HasOptedOutAsync(work, ChannelAddress.FromPhone(phone), Cancellation));
        using var gone = await Api.Client.GetAsync(new Uri($"/api/leads/{other}", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    // Trap: the predecessor's caller was greeted with the car of the lead that had been deleted.
    [Fact]
    public async Task A_later_call_from_the_same_number_is_a_new_lead_of_whom_nothing_is_known()
    {
        await LiveThroughEverythingAsync();
        var lead = await FindLeadAsync();
        await EraseAsync(lead);

        var call = VoiceStatusDriver.NewSid();
        var variables = await InitiationDriver.Ask(_number, call).SendAndReadVariablesAsync(Api.Client);
        await Api.DrainAsync();

        Assert.False((bool)variables["is_known_caller"]!);
        Assert.All(
            s_toldVariables,
            name => Assert.DoesNotContain(_word, (string?)variables[name] ?? "", StringComparison.Ordinal));
        Assert.Equal("", (string?)variables["recent_messages"]);
        var fresh = await FindLeadAsync();
        Assert.NotEqual(lead, fresh);
        Assert.Equal(["lead_created", "call_initiated"], await fixture.ReadEventTypesAsync(_number));
    }

    [Fact]
    public async Task A_repeated_delivery_brings_nothing_back()
    {
        var text = Api.Sms.Text($"{_word} once", _number);
        var transcript = Api.PostCall.Request(Transcript(1_793_000_000));
        await DeliverAsync(text, transcript);
        await EraseAsync(await FindLeadAsync());

        await DeliverAsync(text, transcript);

        Assert.Empty(await ScanAsync());

        // The same text with other words is a conflict, of which nothing is stored.
        await DeliverAsync(Api.Sms.Text($"{_word} changed", _number, SidOf(text)));
        Assert.Empty(await ScanAsync());
    }

    [Fact]
    public async Task Late_deliveries_about_an_erased_call_bring_nothing_back()
    {
        await DeliverAsync(
            new VoiceStatusDriver(Api.Sms).Progress(_call, _number, "in-progress", 2),
            new ConversationEventsDriver(fixture.Time, _conversation).Started(_number, _call));
        await EraseAsync(await FindLeadAsync());

        await DeliverAsync(
            Api.PostCall.Request(Transcript(1_793_000_000)),
            Api.PostCall.Request(PostCallDriver.Audio(_conversation, new byte[100])),
            new VoiceStatusDriver(Api.Sms).Progress(_call, _number, "completed", 3),
            new RecordingDriver(Api.Sms).Status(RecordingDriver.NewSid(), _call, "completed"));

        Assert.Empty(await ScanAsync());
        Assert.Equal(0, await fixture.CountAsync("conversation_audio WHERE conversation_id = $1", _conversation));
        Assert.Equal(0, await fixture.CountAsync("recordings WHERE call_sid = $1", _call));
        Assert.Equal(0, await fixture.CountAsync("inbox WHERE state = 'parked'"));
    }

    [Fact]
    public async Task A_delivery_that_waited_during_the_erasure_brings_nothing_back()
    {
        await DeliverAsync(Api.Sms.Text(from: _number));
        var lead = await FindLeadAsync();
        await Api.Sms.Text($"{_word} waits", _number).DeliverAsync(Api.Client);
        await Api.PostCall.Request(Transcript(1_793_000_000)).DeliverAsync(Api.Client);
        fixture.Time.Advance(TimeSpan.FromSeconds(1));

        await EraseAsync(lead);
        await Api.DrainAsync();

        Assert.Empty(await ScanAsync());
        Assert.Equal(0, await fixture.CountAsync("lead_addresses WHERE address = $1", _number));
    }

    [Fact]
    public async Task A_text_that_is_received_after_the_erasure_is_a_new_contact()
    {
        await DeliverAsync(Api.Sms.Text(from: _number));
        await EraseAsync(await FindLeadAsync());
        fixture.Time.Advance(TimeSpan.FromSeconds(1));

        await DeliverAsync(Api.Sms.Text("It is me again", _number));

        Assert.Equal(["lead_created", "sms_received"], await fixture.ReadEventTypesAsync(_number));
    }

    [Fact]
    public async Task An_erased_delivery_cannot_be_replayed()
    {
        await DeliverAsync(Api.Sms.Text(from: _number));
        var delivery = await fixture.ReadAsync<long>("SELECT max(id) FROM inbox");
        await EraseAsync(await FindLeadAsync());

        using var answer = await Api.Client.PostAsync(new Uri($"/api/deliveries/{delivery}/replay", UriKind.Relative), null, Cancellation);

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        await Problem.AssertAsync(answer, "urn:jack-automotive:problem:delivery-erased");
    }

    [Fact]
    public async Task Other_leads_keep_everything_but_the_mention_of_the_erased_lead()
    {
        await DeliverAsync(Api.Sms.Text(from: _number));
        var (lead, other) = (await FindLeadAsync(), await NewLeadAsync());
        var call = Transcript(1_793_000_000);
        call["data"]!["metadata"]!["phone_call"]!["external_number"] = await fixture.ReadAsync<string>("SELECT phone FROM leads WHERE id = $1", other);
        call["data"]!["user_id"] = lead.ToString();
        call["data"]!["conversation_initiation_client_data"]!["dynamic_variables"]!["lead_id"] = other.ToString();
        call["data"]!["metadata"]!["whatsapp"] = new JsonObject { ["whatsapp_user_id"] = _number };
        await DeliverAsync(Api.PostCall.Request(call));
        Assert.Equal(1, await fixture.CountAsync("conversations WHERE contradictions IS NOT NULL AND lead_id = $1", other));

        await EraseAsync(lead);

        Assert.Equal(1, await fixture.CountAsync("conversations WHERE contradictions IS NULL AND lead_id = $1", other));
        Assert.Equal(1, await fixture.CountAsync("unassigned_contacts WHERE lead_id = $1", other));
        Assert.Equal(0, await fixture.CountAsync("unassigned_contacts WHERE clues::text LIKE $1", $"%{lead}%"));
        Assert.Equal(0, await fixture.CountAsync("unassigned_contacts WHERE addresses::text LIKE $1", $"%{_number}%"));
        Assert.Equal(2, await fixture.CountAsync("conversation_turns WHERE conversation_id = $1", _conversation));
    }

    [Fact]
    public async Task A_lead_that_is_gone_or_unknown_cannot_be_erased()
    {
        await DeliverAsync(Api.Sms.Text(from: _number));
        var (lead, other) = (await FindLeadAsync(), await NewLeadAsync());
        using var merge = await Api.Client.PostAsJsonAsync(new Uri($"/api/leads/{other}/merge", UriKind.Relative), new { from = lead }, Cancellation);

        using var merged = await Api.Client.DeleteAsync(new Uri($"/api/leads/{lead}", UriKind.Relative), Cancellation);
        using var unknown = await Api.Client.DeleteAsync(new Uri($"/api/leads/{Guid.NewGuid()}", UriKind.Relative), Cancellation);

        Assert.Equal((HttpStatusCode.Gone, HttpStatusCode.NotFound), (merged.StatusCode, unknown.StatusCode));
        await Problem.AssertAsync(merged, "urn:jack-automotive:problem:lead-merged");
    }

    // Texts, a WhatsApp message, a picture, a call with everything, audio and a long body as objects, statuses, conflicts, a merge that was undone.
    private async Task LiveThroughEverythingAsync()
    {
        var (status, voice, sid) = (new SmsStatusDriver(Api.Sms), new VoiceStatusDriver(Api.Sms), IncomingSmsDriver.NewSid());
        var live = new ConversationEventsDriver(fixture.Time, _conversation);
        var recordings = new RecordingDriver(Api.Sms);
        var conference = $"CF{Guid.NewGuid():N}";
        await DeliverAsync(
        [
            Api.Sms.Text($"{_word} one", _number, sid),
            Api.Sms.Text($"{_word} changed", _number, sid),
            Api.Sms.Text($"{_word} two", $"whatsapp:{_number}"),
            Api.Sms.Picture(_number, ($"https://api.example.com/{_word}", "image/jpeg")),
            status.Status(IncomingSmsDriver.NewSid(), "delivered", _number),
            InitiationDriver.Ask(_number, _call, _conversation),
            .. voice.Answered(_call, _number),
            live.Started(_number, _call),
            live.User($"{_word} live", 1, 1),
            recordings.Status(RecordingDriver.NewSid(), _call, "completed"),
            voice.Joined(_call, conference),
            recordings.OfConference(RecordingDriver.NewSid(), conference),
            Api.PostCall.Request(Transcript(1_793_000_000)),
            Api.PostCall.Request(Transcript(1_793_000_060)),
            Api.PostCall.Request(PostCallDriver.Audio(_conversation, new byte[1_000_000])),
            Api.PostCall.Request(PostCallDriver.Failure(PostCallDriver.NewConversation(), "busy", "sip", new JsonObject
            {
                ["to_number"] = _number, ["from_number"] = IncomingSmsDriver.OurNumber, ["sip_status_code"] = 486,
            })),
        ]);
        await Api.AnalyseAsync();
        var lead = await FindLeadAsync();
        await fixture.ReadAsync<Guid>("UPDATE leads SET name = $2 WHERE id = $1 RETURNING id", lead, $"{_word} Smith");
        await WorkOnLeadAsync(lead);
        var other = await NewLeadAsync();
        using var merge = await Api.Client.PostAsJsonAsync(new Uri($"/api/leads/{lead}/merge", UriKind.Relative), new { from = other }, Cancellation);
        using var undo = await Api.Client.PostAsync(new Uri($"/api/leads/{lead}/merge/undo", UriKind.Relative), null, Cancellation);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (merge.StatusCode, undo.StatusCode));
    }

    // A profile, a note, a label, a status, the score, a word about contact, a text that waits, and one that failed for good.
    private async Task WorkOnLeadAsync(Guid lead)
    {
        (HttpMethod Method, string Path, object? Body)[] changes =
        [
            (HttpMethod.Patch, "", new { fields = new { employer = $"{_word} Hardware" } }),
            (HttpMethod.Post, "/notes", new { text = $"{_word} works nights." }),
            (HttpMethod.Put, $"/labels/{_word.ToLowerInvariant()}", null),
            (HttpMethod.Post, "/status", new { status = "lost", reason = $"{_word} bought elsewhere." }),
            (HttpMethod.Post, "/consent", new { change = "opt_in", scope = "text", saidBy = "customer", words = $"{_word} may text" }),
        ];
        foreach (var (method, path, body) in changes)
        {
            using var request = new HttpRequestMessage(method, new Uri($"/api/leads/{lead}{path}", UriKind.Relative));
            request.Content = body is null ? null : JsonContent.Create(body);
            using var answer = await Api.Client.SendAsync(request, Cancellation);
            Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode}");
        }

        await Api.ScoreAsync();
        await fixture.ReadAsync<string>(
            """
            INSERT INTO undeliverable_addresses (kind, address, error_code, since) VALUES ('phone', $1, '30006', now())
            ON CONFLICT (kind, address) DO UPDATE SET since = now() RETURNING address
            """,
            _number);
        await fixture.ReadAsync<Guid>(
            """
            INSERT INTO outbound_jobs (id, lead_id, kind, channel, address_kind, address, body, state, due_at, cause, created_by, created_at, updated_at)
            VALUES (gen_random_uuid(), $1, 'text', 'sms', 'phone', $2, $3, 'queued', now(), 'api', 'test', now(), now()) RETURNING id
            """,
            lead,
            _number,
            $"{_word} is told");
    }

    private JsonObject Transcript(long at)
    {
        var call = PostCallDriver.Transcription(_conversation, _number, at);
        call["data"]!["metadata"]!["phone_call"]!["call_sid"] = _call;
        call["data"]!["analysis"]!["transcript_summary"] = $"{_word} wants a car.";
        call["data"]!["transcript"] = new JsonArray(
            PostCallDriver.Turn("agent", "When can I call you?", 0),
            PostCallDriver.Turn("user", $"Call me tomorrow at five. {_word}. You are liars. Stop calling me.", 3));
        return call;
    }

    private static string SidOf(SignedRequest text) =>
        Encoding.UTF8.GetString(text.Body).Split('&').Single(field => field.StartsWith("MessageSid=", StringComparison.Ordinal))["MessageSid=".Length..];

    // Every column of every table that can hold text: the person's digits or words in it, as text or as bytes.
    private async Task<List<string>> ScanAsync()
    {
        var found = new List<string>();
        var columns = await fixture.ListAsync<string[]>(
            """
            SELECT ARRAY[table_name::text, column_name::text, data_type::text] FROM information_schema.columns
            WHERE table_schema = 'public' AND data_type IN ('text', 'json', 'jsonb', 'bytea', 'ARRAY', 'character varying')
            """);
        foreach (var needle in new[] { _number[1..], _word })
        {
            foreach (var column in columns)
            {
                var contains = column[2] == "bytea"
                    ? $"position(convert_to('{needle}', 'UTF8') IN {column[1]}) > 0"
                    : $"{column[1]}::text ILIKE '%{needle}%'";
                if (await fixture.CountAsync($"{column[0]} WHERE {contains}") is > 0 and var rows)
                {
                    found.Add(string.Create(CultureInfo.InvariantCulture, $"{column[0]}.{column[1]}: {rows}"));
                }
            }
        }

        return found;
    }

    private async Task<Guid> NewLeadAsync()
    {
        var number = IncomingSmsDriver.NewNumber();
        await DeliverAsync(Api.Sms.Text(from: number));
        return await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", number);
    }

    private Task<Guid> FindLeadAsync() => fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", _number);

    private async Task<JsonNode> EraseAsync(Guid lead)
    {
        using var answer = await Api.Client.DeleteAsync(new Uri($"/api/leads/{lead}", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!;
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
