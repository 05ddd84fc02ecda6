using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Inbox.Spool;
using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Intake.LargeBodies;
using JackAutomotive.WebhookApi.Providers.ElevenLabs;
using JackAutomotive.WebhookApi.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace JackAutomotive.Tests.Intake.LargeBodies;

public sealed class LargeBodyReaderTests : IDisposable
{
    private const int Megabyte = 1024 * 1024;
    private const long SignedAt = 1_793_000_000;

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("jack-reader-");
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _data.Delete(recursive: true);

    [Fact]
    public async Task A_body_of_100_MiB_is_read_in_small_pieces_and_leaves_a_short_envelope_in_memory()
    {
        var start = "{\"type\":\"post_call_audio\",\"data\":{\"full_audio\":\""u8.ToArray();
        await using var rest = new SmallReadsStream([.. Enumerable.Repeat((byte)'a', 64 * 1024)], 5000, length: 100 * Megabyte);
        using var signer = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, "wsec_one"u8.ToArray());
        signer.AppendData(Encoding.ASCII.GetBytes($"{SignedAt}."));
        signer.AppendData(start);
        for (var i = 0; i < 100; i++)
        {
            signer.AppendData([.. Enumerable.Repeat((byte)'a', Megabyte)]);
        }

        _time.SetUtcNow(DateTimeOffset.FromUnixTimeSeconds(SignedAt));
        var context = new DefaultHttpContext { Request = { Body = rest } };
        context.Request.Headers[PostCallDriver.SignatureHeader] = $"t={SignedAt},v0={Convert.ToHexStringLower(signer.GetHashAndReset())}";

        var (body, failure) = await NewReader().ReadAsync(context, PostCall.Endpoint, Scheme(), start);

        Assert.Null(failure);
        Assert.Equal((100 * Megabyte) + start.Length, body!.Raw!.Length);
        Assert.True(MemoryMarshal.TryGetArray(body.Bytes, out var held));
        Assert.InRange(held.Array!.Length, 1, 2 * LargeBodyLimits.MaxStringBytes);
        Assert.InRange(rest.LargestRead, 1, 64 * 1024);
        await body.Raw.DisposeAsync();
    }

    private LargeBodyReader NewReader()
    {
        var folders = new DataFolders(Options.Create(new StorageOptions { DataFolder = _data.FullName }), new Installation { Id = Guid.NewGuid() });
        var spool = new UploadFolder(folders, new FolderObjectStore(folders, _time));
        return new LargeBodyReader(spool, new SpoolAlerts(NullLogger<SpoolAlerts>.Instance), Options.Create(new IntakeOptions()));
    }

    private ElevenLabsScheme Scheme() => new(Options.Create(new ElevenLabsOptions { PostCallSecrets = ["wsec_one"] }), _time);
}
