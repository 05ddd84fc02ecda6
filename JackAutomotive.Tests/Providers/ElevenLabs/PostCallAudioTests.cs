using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Storage;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace JackAutomotive.Tests.Features.ElevenLabs;

/// <summary>Audio of calls, short enough for memory and far too long for it. Each test has a database and a folder of its own.</summary>
public sealed class PostCallAudioTests(Servers servers) : IAsyncLifetime
{
    private const int Megabyte = 1024 * 1024;

    private readonly WebhookApiFixture _fixture = new(servers);

    private WebhookApiInstance Api => _fixture.Instance;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IEnumerable<string> Objects =>
        _fixture.Data.EnumerateFiles("*", SearchOption.AllDirectories).Select(file => file.Name).Order(StringComparer.Ordinal);

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task Long_audio_goes_to_the_object_store_and_its_row_holds_the_rest()
    {
        var conversation = PostCallDriver.NewConversation();
        var request = Api.PostCall.Request(PostCallDriver.Audio(conversation, Sound(40 * Megabyte)));

        await request.DeliverAsync(Api.Client, isChunked: true);

        Assert.Equal([NameOf(request.Body)], Objects);
        var envelope = Encoding.UTF8.GetString(await _fixture.ReadAsync<byte[]>("SELECT body FROM inbox"));
        Assert.InRange(envelope.Length, 1, 300);
        Assert.Equal(conversation, (string?)JsonNode.Parse(envelope)!["data"]!["conversation_id"]);
        Assert.Equal(
            $"post_call_audio:{conversation}:1793000010 {request.Body.Length}",
            await _fixture.ReadAsync<string>("SELECT dedup_key || ' ' || raw_bytes FROM inbox"));
        Assert.Equal(SHA256.HashData(request.Body), await _fixture.ReadAsync<byte[]>("SELECT body_hash FROM inbox"));
    }

    [Theory]
    [InlineData(10, false)]
    [InlineData(300_000, false)]
    [InlineData(3_000_000, false)]
    [InlineData(3_000_000, true)]
    public async Task What_was_spoken_can_be_had_whole_and_in_parts_by_who_may_read(int length, bool isChunked)
    {
        var sound = Sound(length);
        var conversation = PostCallDriver.NewConversation();
        await DeliverAsync(PostCallDriver.Audio(conversation, sound), isChunked);

        using var whole = await GetAsync(conversation);
        Assert.Equal((HttpStatusCode.OK, "audio/mpeg"), (whole.StatusCode, whole.Content.Headers.ContentType?.MediaType));
        Assert.Equal(sound, await whole.Content.ReadAsByteArrayAsync(Cancellation));
        Assert.Equal($"\"{NameOf(sound)}\"", whole.Headers.ETag?.Tag);

        using var part = await GetAsync(conversation, new RangeHeaderValue(3, 6));
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(sound[3..7], await part.Content.ReadAsByteArrayAsync(Cancellation));

        using var beyond = await GetAsync(conversation, new RangeHeaderValue(length, null));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.StatusCode);
    }

    [Fact]
    public async Task Audio_is_for_those_with_a_key_and_what_is_not_there_is_404()
    {
        var conversation = PostCallDriver.NewConversation();
        await DeliverAsync(PostCallDriver.Audio(conversation, Sound(10)));
        using var anybody = Api.NewClient(key: null);

        using var refused = await anybody.GetAsync(PathOf(conversation), Cancellation);
        using var missing = await GetAsync("conv_nobody");

        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        await Problem.AssertAsync(missing, "urn:jack-automotive:problem:no-such-audio");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Theory]
    [InlineData("audio transcript")]
    [InlineData("transcript audio")]
    [InlineData("audio transcript audio transcript")]
    [InlineData("transcript audio newer-audio")]
    [InlineData("audio newer-audio transcript")]
    [InlineData("newer-audio audio transcript")]
    public async Task Whichever_comes_first_watchers_are_told_once_and_the_lead_has_the_newest(string order)
    {
        var (conversation, number) = (PostCallDriver.NewConversation(), IncomingSmsDriver.NewNumber());
        var (first, newer) = (Sound(2 * Megabyte), Sound(Megabyte));
        foreach (var what in order.Split(' '))
        {
            await DeliverAsync(what switch
            {
                "audio" => PostCallDriver.Audio(conversation, first),
                "newer-audio" => PostCallDriver.Audio(conversation, newer, 1_793_000_099),
                _ => PostCallDriver.Transcription(conversation, number),
            });
        }

        var events = await _fixture.EventsOfAsync(number);
        Assert.Equal(
            ["conversation_transcript_added", "lead_created", "post_call_summary", "recording_available"],
            events.Order(StringComparer.Ordinal));
        using var answer = await GetAsync(conversation);
        var expected = order.Contains("newer", StringComparison.Ordinal) ? newer : first;
        Assert.Equal(expected, await answer.Content.ReadAsByteArrayAsync(Cancellation));

        var lead = await _fixture.ReadAsync<Guid>("SELECT id FROM leads");
        var details = JsonNode.Parse(await Api.Client.GetStringAsync(new Uri($"/api/leads/{lead}", UriKind.Relative), Cancellation))!;
        var audio = Assert.Single(details["audio"]!.AsArray())!;
        Assert.Equal((conversation, expected.Length), ((string?)audio["conversationId"], (int)audio["bytes"]!));
        Assert.Equal(PathOf(conversation).ToString(), (string?)audio["url"]);
    }

    [Fact]
    public async Task Copies_at_the_same_time_are_one_object_with_one_effect()
    {
        await using var other = _fixture.Start();
        var conversation = PostCallDriver.NewConversation();
        var request = Api.PostCall.Request(PostCallDriver.Audio(conversation, Sound(2 * Megabyte)));

        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => request.DeliverAsync(i % 2 == 0 ? Api.Client : other.Client, i % 3 == 0)));

        Assert.Equal(1, await _fixture.CountAsync("inbox"));
        await Wait.UntilAsync(() => Objects.Count() == 1, "the other copies to be removed");
        Assert.Equal(1, Api.Counted("webhook.accepted") + other.Counted("webhook.accepted"));
        Assert.Equal(11, Api.Counted("webhook.duplicate") + other.Counted("webhook.duplicate"));
        await Api.DrainAsync();
        Assert.Equal(1, await _fixture.CountAsync("conversation_audio"));
    }

    [Fact]
    public async Task The_same_event_with_other_audio_is_a_conflict_and_the_first_counts()
    {
        var conversation = PostCallDriver.NewConversation();
        var first = Sound(2 * Megabyte);
        await DeliverAsync(PostCallDriver.Audio(conversation, first));
        await DeliverAsync(PostCallDriver.Audio(conversation, Sound(2 * Megabyte)));

        Assert.Equal(1, Api.Counted("webhook.conflict"));
        using var answer = await GetAsync(conversation);
        Assert.Equal(first, await answer.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Theory]
    [InlineData("last byte")]
    [InlineData("first byte")]
    [InlineData("other secret")]
    [InlineData("stale")]
    [InlineData("breaks off")]
    public async Task A_long_body_that_is_not_properly_signed_leaves_nothing_behind(string fault)
    {
        var body = Encoding.UTF8.GetBytes(PostCallDriver.Audio("conv_1", Sound(3 * Megabyte)).ToJsonString());
        var request = fault == "other secret" ? new PostCallDriver(_fixture.Time, "wsec_other").Request(body) : Api.PostCall.Request(body);
        if (fault == "stale")
        {
            _fixture.Time.Advance(TimeSpan.FromMinutes(31));
        }

        request = fault switch
        {
            "last byte" => request.WithBody([.. body[..^1], (byte)'!']),
            "first byte" => request.WithBody([(byte)'[', .. body[1..]]),
            _ => request,
        };
        if (fault == "breaks off")
        {
            await using var raw = await RawHttp.SendHeadersAsync(Api.Address, request);
            await raw.SendAsync(request.Body.AsMemory(0, 2 * Megabyte));
            raw.Finish();
            await Wait.UntilAsync(() => Api.Counted("webhook.rejected", "reason=incomplete") == 1, "the rejection to be counted");
        }
        else
        {
            using var answer = await request.SendAsync(Api.Client, isChunked: true);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            await Problem.AssertAsync(answer, $"urn:jack-automotive:problem:signature-{(fault == "stale" ? "stale" : "mismatch")}");
        }

        await Wait.UntilAsync(() => !Objects.Any(), "the file to be removed");
        Assert.Equal(0, await _fixture.CountAsync("inbox"));
    }

    [Theory]
    [InlineData("old", HttpStatusCode.OK)]
    [InlineData("new", HttpStatusCode.OK)]
    [InlineData("third", HttpStatusCode.Unauthorized)]
    public async Task Any_of_several_secrets_may_have_signed_a_long_body(string secret, HttpStatusCode status)
    {
        await using var api = _fixture.Start(("ELEVENLABS_POST_CALL_WEBHOOK_SECRET", "old,new"));
        var request = new PostCallDriver(_fixture.Time, secret).Request(PostCallDriver.Audio("conv_1", Sound(2 * Megabyte)));

        using var answer = await request.SendAsync(api.Client);

        Assert.Equal(status, answer.StatusCode);
    }

    [Theory]
    [InlineData("truncated")]
    [InlineData("no base64")]
    [InlineData("no audio")]
    [InlineData("short no base64")]
    public async Task Signed_but_unreadable_audio_is_answered_200_and_parked_as_malformed(string fault)
    {
        var body = PostCallDriver.Audio("conv_1", Sound(2 * Megabyte)).ToJsonString();
        body = fault switch
        {
            "truncated" => body[..2_000_000],
            "no base64" => body.Insert(1_500_000, "*"),
            "short no base64" => body[..1000] + "*\"}}",
            _ => """{"type":"post_call_audio","data":{"conversation_id":"conv_1","full_audio":null}}""",
        };
        await Api.PostCall.Request(body).DeliverAsync(Api.Client, isChunked: true);
        await Api.DrainAsync();

        Assert.Equal("parked malformed 1", await _fixture.ReadAsync<string>("SELECT concat_ws(' ', state, parked_as, attempts) FROM inbox"));
        Assert.NotEmpty(await _fixture.ReadAsync<string>("SELECT reason FROM inbox"));

        // What was sent is still there for a person to look at, and nothing else.
        Assert.Equal(body.Length > Megabyte ? [NameOf(Encoding.UTF8.GetBytes(body))] : [], Objects);
    }

    [Fact]
    public async Task A_transcript_too_long_for_memory_is_stored_whole_if_none_of_its_strings_is()
    {
        var number = IncomingSmsDriver.NewNumber();
        var payload = PostCallDriver.Transcription(number: number);
        var turns = Enumerable.Range(0, 20).Select(i => (JsonNode)PostCallDriver.Turn("user", new string('a', 100_000), i));
        payload["data"]!["transcript"] = new JsonArray([.. turns]);
        var request = Api.PostCall.Request(payload);
        await request.DeliverAsync(Api.Client, isChunked: true);
        await Api.DrainAsync();

        Assert.Equal(request.Body, await _fixture.ReadAsync<byte[]>("SELECT body FROM inbox WHERE raw_bytes IS NULL"));
        Assert.Equal(20, await _fixture.CountAsync("conversation_turns WHERE length(message) = 100000"));
        await Wait.UntilAsync(() => !Objects.Any(), "the file to be removed");
    }

    [Theory]
    [InlineData(17, false)]
    [InlineData(257, true)]
    public async Task More_than_may_be_kept_is_answered_413_and_leaves_nothing_behind(int megabytes, bool isOneString)
    {
        var filling = isOneString ? (byte)'a' : (byte)' ';
        byte[] body = [.. isOneString ? "[\""u8 : "[\"\""u8, .. new byte[megabytes * Megabyte]];
        body.AsSpan(3).Fill(filling);

        using var answer = await Api.PostCall.Request(body).SendAsync(Api.Client, isChunked: true);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal(1, Api.Counted("webhook.rejected", "reason=too large"));
        await Wait.UntilAsync(() => !Objects.Any(), "the file to be removed");
    }

    [Fact]
    public async Task Beyond_the_long_bodies_that_may_come_in_at_a_time_the_next_is_answered_503_while_short_ones_pass()
    {
        await using var api = _fixture.Start(("Messaging:MaxLargeBodies", "1"));
        var audio = api.PostCall.Request(PostCallDriver.Audio("conv_1", Sound(3 * Megabyte)));
        await using (var raw = await RawHttp.SendHeadersAsync(api.Address, audio))
        {
            await raw.SendAsync(audio.Body.AsMemory(0, 2 * Megabyte));
            await Wait.UntilAsync(() => Objects.Any(), "the first to be under way");

            using var second = await audio.SendAsync(api.Client, isChunked: true);
            await Problem.AssertAsync(second, "urn:jack-automotive:problem:too-busy");
            Assert.Equal(TimeSpan.FromSeconds(5), second.Headers.RetryAfter?.Delta);
            await api.PostCall.Request(PostCallDriver.Transcription()).DeliverAsync(api.Client);

            await raw.SendAsync(audio.Body.AsMemory(2 * Megabyte));
            Assert.Equal(HttpStatusCode.OK, (await raw.ReadAnswerAsync()).Status);
        }

        await Wait.UntilAsync(
            async () =>
            {
                using var next = await audio.SendAsync(api.Client);
                return next.StatusCode == HttpStatusCode.OK;
            },
            "the place to be free again");
    }

    [Fact]
    public async Task The_raw_body_goes_once_it_was_used_and_the_audio_stays()
    {
        var (conversation, sound) = (PostCallDriver.NewConversation(), Sound(2 * Megabyte));
        await DeliverAsync(PostCallDriver.Audio(conversation, sound));
        Assert.Equal(2, Objects.Count());
        Assert.Equal(0, await SweepAsync());

        _fixture.Time.Advance(ObjectSweep.Grace + TimeSpan.FromSeconds(1));
        Assert.Equal(1, await SweepAsync());

        Assert.Equal([NameOf(sound)], Objects);
        Assert.Equal(0, await SweepAsync());

        // Handled again by a person's wish, it changes nothing and does not fail.
        await _fixture.ReadAsync<long>("UPDATE inbox SET state = 'pending', completed_at = NULL RETURNING id");
        Assert.Equal(1, await Api.DrainAsync());
        Assert.Equal(1, await _fixture.CountAsync("inbox WHERE state = 'done'"));
    }

    [Fact]
    public async Task What_a_crash_left_and_what_belonged_to_deleted_rows_is_removed_and_what_waits_to_be_handled_is_not()
    {
        var waiting = Api.PostCall.Request(PostCallDriver.Audio("conv_waiting", Sound(2 * Megabyte)));
        var deleted = Api.PostCall.Request(PostCallDriver.Audio("conv_deleted", Sound(2 * Megabyte)));
        await waiting.DeliverAsync(Api.Client);
        await deleted.DeliverAsync(Api.Client);
        await _fixture.ReadAsync<long>("DELETE FROM inbox WHERE dedup_key LIKE '%conv_deleted%' RETURNING id");
        var orphan = Api.Services.GetRequiredService<UploadSpool>().Begin();
        await orphan.WriteAsync("orphan"u8.ToArray(), Cancellation);
        await orphan.FinishAsync();
        await orphan.KeepAsync(Cancellation);
        var half = Path.Combine(_fixture.Instance.Services.GetRequiredService<DataFolders>().Incoming, "half");
        await File.WriteAllTextAsync(half, "half", Cancellation);
        File.SetLastWriteTimeUtc(half, _fixture.Time.GetUtcNow().UtcDateTime);
        Assert.Equal(4, Objects.Count());

        _fixture.Time.Advance(ObjectSweep.Grace + TimeSpan.FromSeconds(1));
        Assert.Equal(3, await SweepAsync());

        Assert.Equal([NameOf(waiting.Body)], Objects);
    }

    [Fact]
    public async Task Long_audio_waits_for_Postgres_to_come_back()
    {
        var connection = new NpgsqlConnectionStringBuilder(_fixture.DatabaseConnection);
        await using var proxy = new TcpProxy(connection.Host!, connection.Port);
        (connection.Host, connection.Port) = ("127.0.0.1", proxy.Port);
        await using var api = _fixture.Start(("ConnectionStrings:crm", connection.ConnectionString), ("Messaging:AcceptPatience", "00:00:14"));
        proxy.Cut();

        var sending = api.PostCall.Request(PostCallDriver.Audio("conv_1", Sound(2 * Megabyte))).SendAsync(api.Client);
        await Wait.UntilAsync(() => api.Logs.Entries.Any(entry => entry.Contains("a large delivery waits", StringComparison.Ordinal)), "it to wait");
        proxy.Restore();
        using var answer = await sending;

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await Api.DrainAsync();
        Assert.Equal(1, await _fixture.CountAsync("conversation_audio"));
    }

    private static byte[] Sound(int length) => RandomNumberGenerator.GetBytes(length);

    private static string NameOf(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static Uri PathOf(string conversation) => new($"/api/conversations/{conversation}/audio", UriKind.Relative);

    private Task<int> SweepAsync() => Api.Services.GetRequiredService<ObjectSweep>().SweepAsync(Cancellation);

    private async Task DeliverAsync(JsonObject payload, bool isChunked = true)
    {
        await Api.PostCall.Request(payload).DeliverAsync(Api.Client, isChunked);
        await Api.DrainAsync();
    }

    private async Task<HttpResponseMessage> GetAsync(string conversation, RangeHeaderValue? range = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, PathOf(conversation)) { Headers = { Range = range } };
        return await Api.Client.SendAsync(request, Cancellation);
    }
}
