using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Simulator;

public sealed class MediaApiTests
{
    private const string Account = $"/2010-04-01/Accounts/{RunningSimulator.AccountSid}";

    [Theory]
    [InlineData("", 1)]
    [InlineData("?RequestedChannels=2", 2)]
    public async Task A_recording_of_a_call_that_the_API_started_can_be_downloaded_as_WAV(string query, int channels)
    {
        await using var providers = await SimulatedProviders.StartAsync(("Apis:CallSeconds", "2"));
        using var started = await providers.CallAsync();
        var call = (await SimulatedProviders.ReadAsync(started)).GetProperty("callSid").GetString();
        await Wait.UntilAsync(() => providers.PostCalls.Count == 1, "the transcript");

        var listed = Assert.Single(
            (await providers.GetAsync($"{Account}/Calls/{call}/Recordings.json")).GetProperty("recordings").EnumerateArray());
        var (status, type, wav) = await DownloadAsync(providers, $"{Account}/Recordings/{listed.GetProperty("sid").GetString()}.wav{query}");

        Assert.Equal("2", listed.GetProperty("duration").GetString());
        Assert.Equal((HttpStatusCode.OK, "audio/x-wav"), (status, type));
        Assert.Equal("RIFF"u8, wav.AsSpan(0, 4));
        Assert.Equal(channels, BinaryPrimitives.ReadInt16LittleEndian(wav.AsSpan(22)));
        Assert.Equal(2 * 8000 * 2 * channels, BinaryPrimitives.ReadInt32LittleEndian(wav.AsSpan(40)));
        Assert.Equal(44 + (2 * 8000 * 2 * channels), wav.Length);
    }

    [Theory]
    [InlineData("play-call")]
    [InlineData("play-live-call")]
    public async Task A_recording_of_a_call_that_a_command_played_can_be_downloaded_as_MP3(string command)
    {
        await using var providers = await SimulatedProviders.StartAsync();
        await providers.CommandAsync($"/commands/{command}", new { callbacks = true, seconds = 0, scenario = "trade-in" });
        var recording = providers.Forms("/voice/recording")[^1];

        var seconds = int.Parse(recording["RecordingDuration"], CultureInfo.InvariantCulture);
        var (status, type, mp3) = await DownloadAsync(providers, $"{Account}/Recordings/{recording["RecordingSid"]}.mp3");

        Assert.Equal((HttpStatusCode.OK, "audio/mpeg"), (status, type));
        Assert.Equal([0xFF, 0xFB, 0x90, 0x64], mp3[..4]);
        Assert.InRange(mp3.Length / 417 / 38.28125, seconds, seconds + 1);
        var call = await providers.GetAsync($"{Account}/Calls/{recording["CallSid"]}.json");
        Assert.Equal(("inbound", "completed"), (call.GetProperty("direction").GetString(), call.GetProperty("status").GetString()));
        Assert.Empty((await providers.GetAsync("/messages")).GetProperty("calls").EnumerateArray());
    }

    [Fact]
    public async Task A_picture_is_behind_a_redirect_and_the_storage_needs_no_credentials()
    {
        await using var providers = await SimulatedProviders.StartAsync();
        await providers.CommandAsync("/commands/send-text", new { media = 1 });
        var address = new Uri(providers.Forms("/sms/incoming")[0]["MediaUrl0"]);

        var (status, type, picture) = await DownloadAsync(providers, address.AbsolutePath);

        Assert.Equal((HttpStatusCode.OK, "image/jpeg"), (status, type));
        Assert.Equal([0xFF, 0xD8], picture[..2]);
        using var anonymous = await providers.Http.GetAsync(
            new Uri(address.AbsolutePath, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
    }

    [Theory]
    [InlineData("/Recordings/RE00000000000000000000000000000000.wav")]
    [InlineData("/Recordings/RE00000000000000000000000000000000.json")]
    [InlineData("/Messages/MM1/Media/ME1")]
    public async Task An_unknown_download_is_not_found(string path)
    {
        await using var providers = await SimulatedProviders.StartAsync();

        Assert.Equal(HttpStatusCode.NotFound, (await DownloadAsync(providers, Account + path)).Status);
    }

    private static async Task<(HttpStatusCode Status, string? Type, byte[] Content)> DownloadAsync(SimulatedProviders providers, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = SimulatedProviders.BasicCredentials(RunningSimulator.AccountSid, RunningSimulator.AuthToken);
        using var answer = await providers.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return (
            answer.StatusCode, answer.Content.Headers.ContentType?.MediaType,
            await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }
}
