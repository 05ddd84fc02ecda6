using System.Net;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Inbox.Spool;
using JackAutomotive.WebhookApi.Storage;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace JackAutomotive.Tests.Inbox.Spool;

/// <summary>The local disk is full, fails, or holds files that are no spool files.</summary>
public sealed class DiskTests(Servers servers) : IAsyncLifetime
{
    private const int Megabyte = 1024 * 1024;

    private readonly WebhookApiFixture _fixture = new(servers);
    private TcpProxy _proxy = null!;

    private DataFolders Folders => _fixture.Instance.Services.GetRequiredService<DataFolders>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _fixture.InitializeAsync();
        var connection = new NpgsqlConnectionStringBuilder(_fixture.DatabaseConnection);
        _proxy = new TcpProxy(connection.Host!, connection.Port);
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _fixture.DisposeAsync();
    }

    [Fact]
    public async Task An_unreadable_file_does_not_keep_the_other_files_from_draining()
    {
        var folder = Directory.CreateDirectory(Folders.Spool);
        folder.CreateSubdirectory("0000-folder.spool");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "0001-garbage.spool"), "no delivery\nnor this\n", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "0002-empty.spool"), "", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "notes.txt"), "a note", Cancellation);
        folder.CreateSubdirectory("0003-folder.large");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "0004-garbage.large"), "no delivery", Cancellation);
        await using var api = StartBehindProxy();
        _proxy.Cut();
        var sids = Enumerable.Range(0, 5).Select(_ => IncomingSmsDriver.NewSid()).ToList();
        foreach (var sid in sids)
        {
            await api.Sms.Text(sid: sid).DeliverAsync(api.Client);
        }

        _proxy.Restore();

        await Wait.UntilAsync(async () => await _fixture.CountAsync("inbox") == 5, "the instance's own file to be moved");
        await Wait.UntilAsync(() => folder.GetFiles("*.spool").Length == 0, "the spool to be emptied");
        await Wait.UntilAsync(() => folder.GetFiles("*.kept").Length == 3, "the garbage to be kept");
        string[] expected = ["0000-folder.spool unreadable", "0003-folder.large unreadable", "0004-garbage.kept damaged", "notes.txt foreign"];
        JsonArray files = [];
        await Wait.UntilAsync(
            async () =>
            {
                files = (await new SpoolDriver(api).ListAsync())["items"]!.AsArray();
                return files.Select(file => $"{file!["name"]} {file["kind"]}").Where(file => !IsHashed(file)).Order(StringComparer.Ordinal).SequenceEqual(expected);
            },
            "the list of what is kept");
        Assert.Equal(2, files.Count(file => IsHashed($"{file!["name"]} {file["kind"]}")));
        Assert.All(files, file => Assert.NotEmpty((string)file!["reason"]!));
        Assert.Equal(6, Measurements.ReadGauge(api.Services, "jackautomotive.spool.kept"));
        Assert.Single(api.Logs.Entries, entry => entry.Contains("cannot read 0000-folder.spool", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_spool_folder_that_cannot_be_written_is_answered_503_with_the_reason_and_reported()
    {
        await using var api = StartBehindProxy();
        Directory.CreateDirectory(Path.GetDirectoryName(Folders.Spool)!);
        await File.WriteAllTextAsync(Folders.Spool, "in the way", Cancellation);
        _proxy.Cut();

        using (var answer = await api.Sms.Text().SendAsync(api.Client))
        {
            await AssertDiskProblemAsync(answer);
        }

        Assert.Equal(1, api.ReadCounter("webhook.unavailable", "reason=disk"));
        Assert.Contains(api.Logs.Entries, entry => entry.Contains("the local disk cannot take it", StringComparison.Ordinal));
        using (var health = await api.Client.GetAsync(new Uri("/health", UriKind.Relative), Cancellation))
        {
            var report = JsonNode.Parse(await health.Content.ReadAsStringAsync(Cancellation))!;
            Assert.Equal("Unhealthy", (string?)report["checks"]!["spool"]!["status"]);
        }

        // As soon as the disk works again, the spool does too.
        File.Delete(Folders.Spool);
        await api.Sms.Text().DeliverAsync(api.Client);
        Assert.Equal(1, api.ReadCounter("webhook.spooled"));
    }

    [Theory]
    [InlineData("incoming")]
    [InlineData("spool")]
    public async Task A_folder_for_large_bodies_that_cannot_be_written_is_answered_503_with_the_reason(string folder)
    {
        var path = folder == "incoming" ? Folders.Incoming : Folders.Spool;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, "in the way", Cancellation);
        var api = _fixture.Instance;

        using (var answer = await api.PostCall.Request(PostCallDriver.Audio("conv_1", new byte[2 * Megabyte])).SendAsync(api.Client))
        {
            await AssertDiskProblemAsync(answer);
        }

        await api.Sms.Text().DeliverAsync(api.Client);
        File.Delete(path);
        await api.PostCall.Request(PostCallDriver.Audio("conv_1", new byte[2 * Megabyte])).DeliverAsync(api.Client);
    }

    [Fact]
    public async Task A_large_delivery_waits_in_the_spool_while_the_folder_of_the_objects_cannot_be_written()
    {
        await using var api = _fixture.Start(("Inbox:AcceptPatience", "00:00:00.5"));
        Directory.CreateDirectory(Path.GetDirectoryName(Folders.Objects)!);
        await File.WriteAllTextAsync(Folders.Objects, "in the way", Cancellation);

        await api.PostCall.Request(PostCallDriver.Audio("conv_1", new byte[2 * Megabyte])).DeliverAsync(api.Client);

        Assert.Equal(1, api.ReadCounter("webhook.spooled"));
        Assert.Equal(0, await _fixture.CountAsync("inbox"));
        File.Delete(Folders.Objects);
        await Wait.UntilAsync(async () => await _fixture.CountAsync("inbox") == 1, "the delivery to reach the inbox");
        await Wait.UntilAsync(() => new DirectoryInfo(Folders.Spool).GetFiles().Length == 0, "the spool to be emptied");
        await api.DrainAsync();
        Assert.Equal(1, await _fixture.CountAsync("conversation_audio"));
    }

    [Fact]
    public async Task A_full_spool_is_answered_503_with_the_reason()
    {
        await using var api = StartBehindProxy(("Spool:MaxBytes", "1"));
        _proxy.Cut();
        await api.Sms.Text().DeliverAsync(api.Client);

        using var answer = await api.Sms.Text().SendAsync(api.Client);

        Assert.Equal("spool-full", (string?)(await Problem.AssertAsync(answer, "urn:jack-automotive:problem:storage-unavailable"))["reason"]);
        Assert.Equal(1, api.ReadCounter("webhook.unavailable", "reason=spool-full"));
    }

    [Fact]
    public async Task A_kept_file_of_several_deliveries_is_taken_in_as_far_as_it_can_be_read()
    {
        var (api, good) = (_fixture.Instance, Row("good"));
        Directory.CreateDirectory(Folders.Spool);
        var path = Path.Combine(Folders.Spool, "old.kept");
        byte[] content = [.. SpoolRecord.FromRow(good).ToLine(), .. "damaged\n"u8, .. SpoolRecord.FromRow(Row("second")).ToLine()[..^20]];
        await File.WriteAllBytesAsync(path, content, Cancellation);
        var spool = new SpoolDriver(api);

        var (status, retry) = await spool.RetryAsync("old.kept");

        Assert.Equal((HttpStatusCode.OK, 1, 2), (status, (int)retry["moved"]!, retry["stillKept"]!.AsArray().Count));
        Assert.False(File.Exists(path));
        Assert.Equal(["good"], await _fixture.ListAsync<string>("SELECT dedup_key FROM inbox"));
        foreach (var file in retry["stillKept"]!.AsArray())
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, (await spool.RetryAsync((string)file!)).Status);
        }

        Assert.Equal(2, (await spool.ListAsync())["items"]!.AsArray().Count);
    }

    private static bool IsHashed(string file) => file.Length == "0123456789abcdef0123456789abcdef.kept damaged".Length;

    private static async Task AssertDiskProblemAsync(HttpResponseMessage answer)
    {
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(5), answer.Headers.RetryAfter?.Delta);
        var problem = await Problem.AssertAsync(answer, "urn:jack-automotive:problem:storage-unavailable");
        Assert.Equal("disk", (string?)problem["reason"]);
    }

    private InboxRow Row(string key) =>
        new("test", "test", key, key, new byte[] { 1 }, [2], "{}", _fixture.Time.GetUtcNow(), Request: null);

    private WebhookApiInstance StartBehindProxy(params (string Name, string? Value)[] settings)
    {
        var connection = new NpgsqlConnectionStringBuilder(_fixture.DatabaseConnection) { Host = "127.0.0.1", Port = _proxy.Port };
        return _fixture.Start(
        [
            ("ConnectionStrings:crm", connection.ConnectionString),
            ("Inbox:AcceptPatience", "00:00:00.5"),
            .. settings,
        ]);
    }
}
