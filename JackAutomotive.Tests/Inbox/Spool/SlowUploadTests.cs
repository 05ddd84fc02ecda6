using System.Security.Cryptography;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Inbox.Spool;
using JackAutomotive.WebhookApi.Retention;
using JackAutomotive.WebhookApi.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace JackAutomotive.Tests.Inbox.Spool;

/// <summary>The object store is slower than a provider waits, than a lease lasts, or hangs.</summary>
public sealed class SlowUploadTests(S3Server server, Servers servers) : IClassFixture<S3Server>, IAsyncLifetime
{
    private const int Megabyte = 1024 * 1024;

    private readonly WebhookApiFixture _fixture = new(servers);
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("jack-slow-");
    private TcpProxy _proxy = null!;

    private DirectoryInfo Incoming => new(_fixture.Instance.Services.GetRequiredService<DataFolders>().Incoming);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _fixture.InitializeAsync();
        var address = new Uri(server.Endpoint);
        _proxy = new TcpProxy(address.Host, address.Port);
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _fixture.DisposeAsync();
        _data.Delete(recursive: true);
    }

    [Fact]
    public async Task A_large_delivery_is_answered_before_its_slow_upload_ends_and_is_handled_afterwards()
    {
        await using var api = StartWithS3(("Inbox:AcceptPatience", "00:00:00.5"), ("S3_STALL_TIMEOUT", "00:00:05"));
        var (conversation, sound) = (PostCallDriver.NewConversation(), Sound(9 * Megabyte));
        _proxy.BytesPerSecond = 3 * Megabyte / 2;

        await api.PostCall.Request(PostCallDriver.Audio(conversation, sound)).DeliverAsync(api.Client);

        // The upload of 12 MiB takes eight seconds, which is longer than the time after which a stalled upload is given up.
        Assert.Equal((1, 0), (api.ReadCounter("webhook.spooled"), api.ReadCounter("webhook.accepted")));
        Assert.Equal(2, FindFiles().Count);
        await Wait.UntilAsync(() => api.ReadCounter("webhook.accepted") == 1, "the upload to end");
        Assert.DoesNotContain(api.Logs.Entries, entry => entry.Contains("made no progress", StringComparison.Ordinal));
        await Wait.UntilAsync(() => FindFiles().Count == 0, "the spool to be emptied");
        _proxy.BytesPerSecond = null;
        await api.DrainAsync();
        Assert.Equal(sound, await DownloadAsync(api, conversation));
    }

    [Fact]
    public async Task An_upload_that_stalls_is_given_up_and_repeated()
    {
        await using var api = StartWithS3(("Inbox:AcceptPatience", "00:00:00.5"), ("S3_STALL_TIMEOUT", "00:00:01"));
        var (conversation, sound) = (PostCallDriver.NewConversation(), Sound(2 * Megabyte));
        _proxy.Pause();

        await api.PostCall.Request(PostCallDriver.Audio(conversation, sound)).DeliverAsync(api.Client);

        await Wait.UntilAsync(
            () => api.Logs.Entries.Any(entry => entry.Contains("made no progress", StringComparison.Ordinal)), "the upload to be given up");
        _proxy.Restore();
        await Wait.UntilAsync(() => api.ReadCounter("webhook.accepted") == 1, "the upload to be repeated");
        await api.DrainAsync();
        Assert.Equal(sound, await DownloadAsync(api, conversation));
    }

    [Fact]
    public async Task A_large_delivery_of_a_stopped_instance_is_taken_over()
    {
        var (conversation, sound) = (PostCallDriver.NewConversation(), Sound(2 * Megabyte));
        await using (var stopped = StartWithS3(("Inbox:AcceptPatience", "00:00:00.5")))
        {
            _proxy.Cut();
            await stopped.PostCall.Request(PostCallDriver.Audio(conversation, sound)).DeliverAsync(stopped.Client);
        }

        Assert.Equal(0, await _fixture.CountAsync("inbox"));
        _proxy.Restore();
        await using var another = StartWithS3();

        await Wait.UntilAsync(() => another.ReadCounter("webhook.accepted") == 1, "the delivery to be taken over");
        await another.DrainAsync();
        Assert.Equal(sound, await DownloadAsync(another, conversation));
        Assert.Empty(FindFiles());
    }

    [Fact]
    public async Task A_lease_is_renewed_while_a_handler_transfers_audio()
    {
        await using var api = StartWithS3();
        var (conversation, sound) = (PostCallDriver.NewConversation(), Sound(2 * Megabyte));
        await api.PostCall.Request(PostCallDriver.Audio(conversation, sound)).DeliverAsync(api.Client);
        var lease = new InboxOptions().Lease;
        var claimedAt = _fixture.Time.GetUtcNow();
        _proxy.Pause();

        var handling = api.DrainAsync();
        await Wait.UntilAsync(async () => await _fixture.CountAsync("inbox WHERE attempts = 1") == 1, "the claim");
        for (var step = 1; step <= 12; step++)
        {
            // Each step is a third of the lease, so all steps together are four leases.
            var previous = await ReadLeaseAsync();
            await Wait.UntilAsync(
                async () =>
                {
                    if (_fixture.Time.GetUtcNow() < claimedAt + (step * lease / 3))
                    {
                        _fixture.Time.Advance(lease / 3);
                    }

                    return await ReadLeaseAsync() > previous;
                },
                "the lease to be renewed");
        }

        Assert.False(handling.IsCompleted);
        _proxy.Restore();
        Assert.Equal(1, await handling);
        Assert.Equal("done 1", await _fixture.ReadAsync<string>("SELECT concat_ws(' ', state, attempts) FROM inbox"));
        Assert.Equal(sound, await DownloadAsync(api, conversation));
    }

    [Fact]
    public async Task No_transaction_is_open_while_an_object_is_transferred()
    {
        await using var api = StartWithS3(("Inbox:AcceptPatience", "00:00:00.5"));
        _proxy.Pause();
        await api.PostCall.Request(PostCallDriver.Audio("conv_1", Sound(2 * Megabyte))).DeliverAsync(api.Client);

        Assert.Equal(0, await CountOpenTransactionsAsync());
        _proxy.Restore();
        await Wait.UntilAsync(() => api.ReadCounter("webhook.accepted") == 1, "the upload");
        _proxy.Pause();
        var handling = api.DrainAsync();
        await Wait.UntilAsync(async () => await _fixture.CountAsync("inbox WHERE attempts = 1") == 1, "the claim");

        await Wait.UntilAsync(async () => await CountOpenTransactionsAsync() == 0, "the claim to be committed");
        Assert.False(handling.IsCompleted);
        _proxy.Restore();
        await handling;
    }

    [Fact]
    public async Task The_sweep_removes_neither_an_object_of_the_spool_nor_the_file_of_an_upload_in_progress()
    {
        var services = _fixture.Instance.Services;
        var uploads = services.GetRequiredService<UploadFolder>();
        var sweep = services.GetRequiredService<ObjectSweep>();
        await using var upload = uploads.Begin();
        await upload.WriteAsync("in progress"u8.ToArray(), Cancellation);
        await upload.FinishAsync();
        File.SetLastWriteTimeUtc(Assert.Single(Incoming.GetFiles()).FullName, _fixture.Time.GetUtcNow().UtcDateTime);
        _fixture.Time.Advance(2 * ObjectSweep.MinimumAge);
        Assert.Equal(0, await sweep.SweepAsync(Cancellation));

        // The object is in the store, its row is not in the inbox yet: a crash or an outage of Postgres came between.
        using var delivery = services.GetRequiredService<LargeSpool>().TryAdd(Row(upload.Name), upload)!;
        await delivery.Object.UploadAsync(Cancellation);
        _fixture.Time.Advance(2 * ObjectSweep.MinimumAge);
        Assert.Equal(0, await sweep.SweepAsync(Cancellation));
        Assert.NotNull(await services.GetRequiredService<IObjectStore>().FindWrittenAtAsync(upload.Name, Cancellation));

        delivery.Complete();
        Assert.Equal(1, await sweep.SweepAsync(Cancellation));
    }

    [Fact]
    public async Task A_large_delivery_that_Postgres_blames_is_kept_with_its_body_and_taken_in_again()
    {
        await using var api = StartWithS3();
        await _fixture.ExecuteAsync("ALTER TABLE inbox ADD CONSTRAINT refuse CHECK (raw_bytes IS NULL)");
        var (conversation, sound) = (PostCallDriver.NewConversation(), Sound(2 * Megabyte));
        await api.PostCall.Request(PostCallDriver.Audio(conversation, sound)).DeliverAsync(api.Client);
        var spool = new SpoolDriver(api);
        var file = Assert.Single((await spool.ListAsync())["items"]!.AsArray())!;
        Assert.Equal(
            ("refused", conversation), ((string?)file["kind"], (string?)Assert.Single(file["deliveries"]!.AsArray())!["providerId"]));

        await _fixture.ExecuteAsync("ALTER TABLE inbox DROP CONSTRAINT refuse");
        var (_, retry) = await spool.RetryAsync((string)file["name"]!);

        Assert.Equal(1, (int)retry["queued"]!);
        await Wait.UntilAsync(() => api.ReadCounter("webhook.accepted") == 1, "the delivery to be moved");
        await api.DrainAsync();
        Assert.Equal(sound, await DownloadAsync(api, conversation));
        Assert.Empty(FindFiles());
    }

    private static byte[] Sound(int length) => RandomNumberGenerator.GetBytes(length);

    private InboxRow Row(ObjectName body) =>
        new("test", "test", "key", "key", new byte[] { 1 }, body.ToHash(), "{}", _fixture.Time.GetUtcNow(), Request: null);

    private List<FileInfo> FindFiles() => [.. _data.EnumerateFiles("*", SearchOption.AllDirectories)];

    private Task<DateTime> ReadLeaseAsync() => _fixture.ReadAsync<DateTime>("SELECT lease_until FROM inbox");

    private Task<long> CountOpenTransactionsAsync() =>
        _fixture.CountAsync("pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'");

    private static Task<byte[]> DownloadAsync(WebhookApiInstance api, string conversation) =>
        api.Client.GetByteArrayAsync(new Uri($"/api/conversations/{conversation}/audio", UriKind.Relative), Cancellation);

    private WebhookApiInstance StartWithS3(params (string Name, string? Value)[] settings) => _fixture.Start(
    [
        // The instances of this test share a folder that no other instance uses.
        ("JACK_DATA_FOLDER", _data.FullName), ("OBJECT_STORE", "s3"), ("S3_BUCKET", S3Server.Bucket),
        ("S3_ENDPOINT", $"http://127.0.0.1:{_proxy.Port}"),
        ("S3_ACCESS_KEY", S3Server.Key), ("S3_SECRET_KEY", S3Server.Key),
        .. settings,
    ]);
}
