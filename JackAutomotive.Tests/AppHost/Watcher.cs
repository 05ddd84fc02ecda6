using System.Net.ServerSentEvents;
using System.Text.Json;

namespace JackAutomotive.Tests.AppHost;

/// <summary>One open stream and the events received from it.</summary>
internal sealed class Watcher : IAsyncDisposable
{
    private readonly HttpClient _client;
    private readonly HttpResponseMessage _response;
    private readonly IAsyncEnumerator<SseItem<string>> _items;

    private Watcher(HttpClient client, HttpResponseMessage response, IAsyncEnumerator<SseItem<string>> items, string instance)
    {
        _client = client;
        _response = response;
        _items = items;
        Instance = instance;
    }

    /// <summary>The replica that serves this stream.</summary>
    public string Instance { get; }

    public List<long> Seqs { get; } = [];

    public List<string> Types { get; } = [];

    public static async Task<Watcher> OpenAsync(HttpClient client, Guid lead, long? lastEventId, CancellationToken cancellationToken, string query = "")
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/api/stream/conversation/{lead}{query}");
        if (lastEventId is { } id)
        {
            request.Headers.Add("Last-Event-ID", $"{id}");
        }

        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
        var items = SseParser.Create(await response.Content.ReadAsStreamAsync(cancellationToken))
            .EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);

        Assert.True(await items.MoveNextAsync());
        Assert.Equal("ready", items.Current.EventType);
        var ready = JsonDocument.Parse(items.Current.Data).RootElement;
        return new Watcher(client, response, items, ready.GetProperty("instance").GetString()!);
    }

    /// <summary>Opens streams, each on its own connection, until each of <paramref name="replicas"/> replicas serves one.</summary>
    public static async Task<IReadOnlyList<Watcher>> OpenOnEveryReplicaAsync(
        RunningSystem system, Guid lead, int replicas, CancellationToken cancellationToken)
    {
        var watchers = new Dictionary<string, Watcher>();
        while (watchers.Count < replicas)
        {
            var watcher = await OpenAsync(system.NewClient("realtime"), lead, lastEventId: 0, cancellationToken);
            if (!watchers.TryAdd(watcher.Instance, watcher))
            {
                await watcher.DisposeAsync();
            }
        }

        return [.. watchers.Values];
    }

    /// <summary>Reads until the event with the sequence number <paramref name="seq"/> arrives.</summary>
    public async Task ReadToAsync(long seq)
    {
        while (Seqs.Count == 0 || Seqs[^1] < seq)
        {
            Assert.True(await _items.MoveNextAsync(), $"the stream ended before event {seq}");
            if (_items.Current.EventType == "presence_changed")
            {
                continue; // Presence events are not in the log and have no sequence number.
            }

            Types.Add(_items.Current.EventType);
            Seqs.Add(long.Parse(_items.Current.EventId!, System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Reads until the server or the network ends the stream.</summary>
    public async Task ReadToEndAsync()
    {
        try
        {
            while (await _items.MoveNextAsync())
            {
                Seqs.Add(long.Parse(_items.Current.EventId!, System.Globalization.CultureInfo.InvariantCulture));
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            // A killed replica resets the connection, which ends the stream.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _items.DisposeAsync();
        _response.Dispose();
        _client.Dispose();
    }
}
