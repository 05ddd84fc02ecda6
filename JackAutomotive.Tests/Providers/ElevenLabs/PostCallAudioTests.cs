using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Retention;
using JackAutomotive.WebhookApi.Storage;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace JackAutomotive.Tests.Providers.ElevenLabs;

/// <summary>Call audio that fits into memory, and call audio far too long for it. Each test has its own database and folder.</summary>
public sealed class PostCallAudioTests(Servers servers) : IAsyncLifetime
{
    private const int Megabyte = 1024 * 1024;

    private readonly WebhookApiFixture _fixture = new(servers);

    private WebhookApiInstance Api => _fixture.Instance;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IEnumerable<string> ObjectNames =>
        _fixture.Data.EnumerateFiles("*", SearchOption.AllDirectories).Select(file => file.Name).Order(StringComparer.Ordinal);

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task Long_audio_is_stored_as_an_object_and_its_row_holds_the_envelope()
    {
        var conversation = PostCallDriver.NewConversation();
        var request = Api.PostCall.Request(PostCallDriver.Audio(conversation, Sound(40 * Megabyte)));

        await request.DeliverAsync(Api.Client, isChunked: true);

        Assert.Equal([NameOf(request.Body)], ObjectNames);
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
    public async Task Audio_can_be_downloaded_completely_and_by_range(int length, bool isChunked)
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
    public async Task Audio_needs_an_API_key_and_missing_audio_is_answered_404()
    {
        var conversation = PostCallDriver.NewConversation();
        await DeliverAsync(PostCallDriver.Audio(conversation, Sound(10)));
        using var anonymous = Api.NewClient(key: null);

        using var unauthorized = await anonymous.GetAsync(PathOf(conversation), Cancellation);
        using var missing = await GetAsync("conv_nobody");

        Assert.Equal(HttpStatusCode.Unauthorized, unauthorized.StatusCode);
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
    public async Task Audio_is_announced_once_and_the_newest_counts_in_any_order_of_webhooks(string order)
    {
        var (conversation, number) = (PostCallDriver.NewConversation(), IncomingSmsDriver.NewNumber());
        var (first, newer) = (Sound(2 * Megabyte), Sound(Megabyte));
        foreach (var step in order.Split(' '))
        {
            await DeliverAsync(step switch
            {
                "audio" => PostCallDriver.Audio(conversation, first),
                "newer-audio" => PostCallDriver.Audio(conversation, newer, 1_793_000_099),
                _ => PostCallDriver.Transcription(conversation, number),
            });
        }

        var events = await _fixture.ReadEventTypesAsync(number);
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
    public async Task Simultaneous_copies_are_stored_as_one_object_and_have_one_effect()
    {
        await using var other = _fixture.Start();
        var conversation = PostCallDriver.NewConversation();
        var request = Api.PostCall.Request(PostCallDriver.Audio(conversation, Sound(2 * Megabyte)));

        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => request.DeliverAsync(i % 2 == 0 ? Api.Client : other.Client, i % 3 == 0)));

        Assert.Equal(1, await _fixture.CountAsync("inbox"));
        await Wait.UntilAsync(() => ObjectNames.Count() == 1, "the other copies to be removed");
        Assert.Equal(1, Api.ReadCounter("webhook.accepted") + other.ReadCounter("webhook.accepted"));
        Assert.Equal(11, Api.ReadCounter("webhook.duplicate") + other.ReadCounter("webhook.duplicate"));
        await Api.DrainAsync();
        Assert.Equal(1, await _fixture.CountAsync("conversation_audio"));
    }

    [Fact]
    public async Task Different_audio_of_the_same_event_is_a_conflict_and_the_first_counts()
    {
        var conversation = PostCallDriver.NewConversation();
        var first = Sound(2 * Megabyte);
        await DeliverAsync(PostCallDriver.Audio(conversation, first));
        await DeliverAsync(PostCallDriver.Audio(conversation, Sound(2 * Megabyte)));

        Assert.Equal(1, Api.ReadCounter("webhook.conflict"));
        using var answer = await GetAsync(conversation);
        Assert.Equal(first, await answer.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Theory]
    [InlineData("last byte")]
    [InlineData("first byte")]
    [InlineData("other secret")]
    [InlineData("stale")]
    [InlineData("breaks off")]
    public async Task A_long_body_without_a_valid_signature_leaves_nothing_behind(string fault)
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
            await Wait.UntilAsync(() => Api.ReadCounter("webhook.rejected", "reason=incomplete") == 1, "the rejection to be counted");
        }
        else
        {
            using var answer = await request.SendAsync(Api.Client, isChunked: true);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            await Problem.AssertAsync(answer, $"urn:jack-automotive:problem:signature-{(fault == "stale" ? "stale" : "mismatch")}");
        }

        await Wait.UntilAsync(() => !ObjectNames.Any(), "the file to be removed");
        Assert.Equal(0, await _fixture.CountAsync("inbox"));
    }

    [Theory]
    [InlineData("old", HttpStatusCode.OK)]
    [InlineData("new", HttpStatusCode.OK)]
    [InlineData("third", HttpStatusCode.Unauthorized)]
    public async Task A_long_body_may_be_signed_with_any_configured_secret(string secret, HttpStatusCode status)
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

        // The body as sent is the only object. A person can still examine it.
        Assert.Equal(body.Length > Megabyte ? [NameOf(Encoding.UTF8.GetBytes(body))] : [], ObjectNames);
    }

    [Fact]
    public async Task A_long_transcript_of_short_strings_is_stored_completely_in_its_row()
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
        await Wait.UntilAsync(() => !ObjectNames.Any(), "the file to be removed");
    }

    [Theory]
    [InlineData(17, false)]
    [InlineData(257, true)]
    public async Task A_body_beyond_the_limit_is_answered_413_and_leaves_nothing_behind(int megabytes, bool isOneString)
    {
        var filling = isOneString ? (byte)'a' : (byte)' ';
        byte[] body = [.. isOneString ? "[\""u8 : "[\"\""u8, .. new byte[megabytes * Megabyte]];
        body.AsSpan(3).Fill(filling);

        using var answer = await Api.PostCall.Request(body).SendAsync(Api.Client, isChunked: true);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal(1, Api.ReadCounter("webhook.rejected", "reason=too large"));
        await Wait.UntilAsync(() => !ObjectNames.Any(), "the file to be removed");
    }

    [Fact]
    public async Task A_long_body_beyond_the_concurrency_limit_is_answered_503_while_short_bodies_pass()
    {
        await using var api = _fixture.Start(("Intake:MaxLargeBodies", "1"));
        var audio = api.PostCall.Request(PostCallDriver.Audio("conv_1", Sound(3 * Megabyte)));
        await using (var raw = await RawHttp.SendHeadersAsync(api.Address, audio))
        {
            await raw.SendAsync(audio.Body.AsMemory(0, 2 * Megabyte));
            await Wait.UntilAsync(() => ObjectNames.Any(), "the first upload to begin");

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
            "the capacity to be free again");
    }

    [Fact]
    public async Task The_sweep_deletes_a_used_raw_body_and_keeps_the_audio()
    {
        var (conversation, sound) = (PostCallDriver.NewConversation(), Sound(2 * Megabyte));
        await DeliverAsync(PostCallDriver.Audio(conversation, sound));
        Assert.Equal(2, ObjectNames.Count());
        Assert.Equal(0, await SweepAsync());

        _fixture.Time.Advance(ObjectSweep.MinimumAge + TimeSpan.FromSeconds(1));
        Assert.Equal(1, await SweepAsync());

        Assert.Equal([NameOf(sound)], ObjectNames);
        Assert.Equal(0, await SweepAsync());

        // A replay changes nothing and does not fail.
        await _fixture.ReadAsync<long>("UPDATE inbox SET state = 'pending', completed_at = NULL RETURNING id");
        Assert.Equal(1, await Api.DrainAsync());
        Assert.Equal(1, await _fixture.CountAsync("inbox WHERE state = 'done'"));
    }

    [Fact]
    public async Task The_sweep_deletes_orphaned_objects_and_keeps_those_of_pending_deliveries()
    {
        var waiting = Api.PostCall.Request(PostCallDriver.Audio("conv_waiting", Sound(2 * Megabyte)));
        var deleted = Api.PostCall.Request(PostCallDriver.Audio("conv_deleted", Sound(2 * Megabyte)));
        await waiting.DeliverAsync(Api.Client);
        await deleted.DeliverAsync(Api.Client);
        await _fixture.ReadAsync<long>("DELETE FROM inbox WHERE dedup_key LIKE '%conv_deleted%' RETURNING id");
        var orphan = Api.Services.GetRequiredService<UploadFolder>().Begin();
        await orphan.WriteAsync("orphan"u8.ToArray(), Cancellation);
        await orphan.FinishAsync();
        await orphan.StoreAsync(Cancellation);
        var half = Path.Combine(_fixture.Instance.Services.GetRequiredService<DataFolders>().Incoming, "half");
        await File.WriteAllTextAsync(half, "half", Cancellation);
        File.SetLastWriteTimeUtc(half, _fixture.Time.GetUtcNow().UtcDateTime);
        Assert.Equal(4, ObjectNames.Count());

        _fixture.Time.Advance(ObjectSweep.MinimumAge + TimeSpan.FromSeconds(1));
        Assert.Equal(3, await SweepAsync());

        Assert.Equal([NameOf(waiting.Body)], ObjectNames);
    }

    [Fact]
    public async Task The_sweep_takes_no_lock_of_an_object_that_a_row_references()
    {
        var stored = Api.PostCall.Request(PostCallDriver.Audio("conv_stored", Sound(2 * Megabyte)));
        await stored.DeliverAsync(Api.Client);
        _fixture.Time.Advance(ObjectSweep.MinimumAge + TimeSpan.FromSeconds(1));
        await using var other = await _fixture.Database.OpenConnectionAsync(Cancellation);
        await using var transaction = await other.BeginTransactionAsync(Cancellation);
        await using var command = other.CreateCommand();
        await ObjectLock.TakeAsync(command, ObjectName.FromHash(SHA256.HashData(stored.Body)), Cancellation);

        Assert.Equal(0, await SweepAsync());
    }

    [Fact]
    public async Task Long_audio_waits_for_Postgres_to_come_back()
    {
        var connection = new NpgsqlConnectionStringBuilder(_fixture.DatabaseConnection);
        await using var proxy = new TcpProxy(connection.Host!, connection.Port);
        (connection.Host, connection.Port) = ("127.0.0.1", proxy.Port);
        await using var api = _fixture.Start(("ConnectionStrings:crm", connection.ConnectionString), ("Inbox:AcceptPatience", "00:00:14"));
        proxy.Cut();

        var sending = api.PostCall.Request(PostCallDriver.Audio("conv_1", Sound(2 * Megabyte))).SendAsync(api.Client);
        await Wait.UntilAsync(
            () => api.Logs.Entries.Any(entry => entry.Contains("a large delivery waits", StringComparison.Ordinal)), "the delivery to wait");
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
