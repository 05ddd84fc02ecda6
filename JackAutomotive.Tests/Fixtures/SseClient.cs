using System.Globalization;
using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using JackAutomotive.Contracts;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>A client of one stream. The client parses the stream with .NET's parser and records every item.</summary>
internal sealed class SseClient : IAsyncDisposable
{
    private static readonly HashSet<string> s_typesOutsideTheLog =
        [.. LeadEventCatalogue.All.Where(entry => entry.Kind != EventKind.Log).Select(entry => entry.Type)];

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

    /// <summary>Completes when the stream ends: true if the server ended the stream normally, false if the stream was cut.</summary>
    public Task<bool> Ended { get; }

    public HttpResponseMessage Response { get; }

    /// <summary>All items received so far.</summary>
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

    /// <summary>The received events of the log, without events of the stream itself and without passing frames.</summary>
    public IReadOnlyList<SseItem<string>> Events => [.. Items.Where(item => !s_typesOutsideTheLog.Contains(item.EventType))];

    /// <summary>The received passing frames.</summary>
    public IReadOnlyList<SseItem<string>> Passing => [.. Items.Where(item => item.EventType == "live_transcript")];

    /// <summary>The ids of <see cref="Events"/>, in order of arrival.</summary>
    public IReadOnlyList<long> Seqs => [.. Events.Select(item => long.Parse(item.EventId!, CultureInfo.InvariantCulture))];

    /// <summary>The value that a browser would send as Last-Event-ID.</summary>
    public string LastEventId => _parser?.LastEventId ?? "";

    /// <summary>The last <c>retry:</c> value received.</summary>
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

    /// <summary>Opens a stream with the given client. The stream takes ownership of the client and disposes it.</summary>
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

    /// <summary>The lead and the seq of each of <see cref="Events"/>, from its data line, in order of arrival.</summary>
    public IReadOnlyList<(Guid Lead, long Seq)> Places => [.. Events.Select(item => PlaceOf(item.Data))];

    public Task UntilAsync(long seq) => Wait.UntilAsync(() => Seqs is [.., var last] && last >= seq, $"event {seq}");

    /// <summary>The seq in the <c>ready</c> event of the stream.</summary>
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
