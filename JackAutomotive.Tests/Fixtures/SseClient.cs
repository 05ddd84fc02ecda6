extern alias realtime;

using System.Globalization;
using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using realtime::JackAutomotive.Contract;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>A client of one stream, which reads it with .NET's own parser and remembers what it saw.</summary>
internal sealed class SseClient : IAsyncDisposable
{
    private static readonly HashSet<string> s_notLogged =
        [.. LeadEventCatalogue.All.Where(one => one.Kind != EventKind.Log).Select(one => one.Type)];

    private readonly HttpClient _client;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly List<SseItem<string>> _items = [];
    private SseParser<string>? _parser;

    private SseClient(HttpClient client, HttpResponseMessage response)
    {
        _client = client;
        Response = response;
        Ended = Task.Run(ReadAsync);
    }

    /// <summary>Completes when the stream ended; true if the server ended it properly, false if it broke off.</summary>
    public Task<bool> Ended { get; }

    public HttpResponseMessage Response { get; }

    /// <summary>Everything seen so far.</summary>
    public IReadOnlyList<SseItem<string>> Items
    {
        get
        {
            lock (_gate)
            {
                return [.. _items];
            }
        }
    }

    /// <summary>The events of the log, without those of the stream and the passing ones.</summary>
    public IReadOnlyList<SseItem<string>> Events => [.. Items.Where(item => !s_notLogged.Contains(item.EventType))];

    /// <summary>The passing frames.</summary>
    public IReadOnlyList<SseItem<string>> Passing => [.. Items.Where(item => item.EventType == "live_transcript")];

    /// <summary>Their ids, in the order in which they came.</summary>
    public IReadOnlyList<long> Seqs => [.. Events.Select(item => long.Parse(item.EventId!, CultureInfo.InvariantCulture))];

    /// <summary>What a browser would send as Last-Event-ID.</summary>
    public string LastEventId => _parser?.LastEventId ?? "";

    /// <summary>The last <c>retry:</c> seen.</summary>
    public TimeSpan Retry => _parser?.ReconnectionInterval ?? TimeSpan.Zero;

    public static Task<SseClient> OpenAsync(
        RealtimeInstance instance,
        LeadId lead,
        long? lastEventId = null,
        string? key = RealtimeFixture.Key,
        string query = "") => OpenAsync(instance, $"/api/stream/conversation/{lead}{query}", lastEventId, key);

    public static Task<SseClient> OpenAsync(
        RealtimeInstance instance,
        string address,
        long? lastEventId = null,
        string? key = RealtimeFixture.Key) => OpenAsync(instance.NewClient(key), address, lastEventId);

    /// <summary>Opens a stream with a client of the caller's making, which becomes the stream's own.</summary>
    public static Task<SseClient> OpenAsync(HttpClient client, LeadId lead, long? lastEventId = null, string query = "") =>
        OpenAsync(client, $"/api/stream/conversation/{lead}{query}", lastEventId);

    private static async Task<SseClient> OpenAsync(HttpClient client, string address, long? lastEventId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address)
        {
            Version = client.DefaultRequestVersion,
            VersionPolicy = client.DefaultVersionPolicy,
        };
        if (lastEventId is { } id)
        {
            request.Headers.Add("Last-Event-ID", id.ToString(CultureInfo.InvariantCulture));
        }

        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var opened = new SseClient(client, response);
        await Wait.UntilAsync(() => opened.Items.Count > 0, "the first event of a stream");
        return opened;
    }

    /// <summary>Which lead's event and which of them, as the data lines say it, in the order in which they came.</summary>
    public IReadOnlyList<(Guid Lead, long Seq)> Places => [.. Events.Select(item => PlaceOf(item.Data))];

    public Task UntilAsync(long seq) => Wait.UntilAsync(() => Seqs is [.., var last] && last >= seq, $"event {seq}");

    /// <summary>The seq that the stream's <c>ready</c> event told.</summary>
    public long ReadySeq() => JsonDocument.Parse(Items[0].Data).RootElement.GetProperty("seq").GetInt64();

    private static (Guid Lead, long Seq) PlaceOf(string data)
    {
        using var json = JsonDocument.Parse(data);
        return (json.RootElement.GetProperty("leadId").GetGuid(), json.RootElement.GetProperty("seq").GetInt64());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Response.Dispose();
        await Ended;
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task<bool> ReadAsync()
    {
        try
        {
            _parser = SseParser.Create(await Response.Content.ReadAsStreamAsync(_stop.Token));
            await foreach (var item in _parser.EnumerateAsync(_stop.Token))
            {
                lock (_gate)
                {
                    _items.Add(item);
                }
            }

            return true;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException or ObjectDisposedException)
        {
            return false;
        }
    }
}
