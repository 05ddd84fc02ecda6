using System.Globalization;
using System.Net;

namespace JackAutomotive.RealtimeLoad;

/// <summary>The command line, which <c>Program.cs</c> describes.</summary>
internal sealed class Settings
{
    public required string Peer { get; init; }

    public required string ScenarioName { get; init; }

    public required Scenario Scenario { get; init; }

    /// <summary>The URLs of the streams, with the placeholder <c>{lead}</c>.</summary>
    public required Uri[] Streams { get; init; }

    public string[] Headers { get; init; } = [];

    /// <summary>The URL for publishing over HTTP, with the placeholder <c>{lead}</c>.</summary>
    public Uri? Post { get; init; }

    public string? PostBody { get; init; }

    /// <summary>The token that signs messages for the product's webhook for texts.</summary>
    public string? WebhookToken { get; init; }

    /// <summary>The address for publishing through Redis.</summary>
    public IPEndPoint? Redis { get; init; }

    /// <summary>Whether messages contain the product's head and frame.</summary>
    public bool AsProduct { get; init; }

    /// <summary>The connection string of the database where messages are committed before they are published.</summary>
    public string? Log { get; init; }

    public int[] ServerIds { get; init; } = [];

    public int[] RedisIds { get; init; } = [];

    public int[] LogIds { get; init; } = [];

    /// <summary>The maximum number of connections that are being opened at the same time.</summary>
    public int OpenAtOnce { get; init; } = 512;

    public int? ReopenAtOnce { get; init; }

    /// <summary>A command that runs while all readers are disconnected.</summary>
    public string? Between { get; init; }

    /// <exception cref="ArgumentException">A value is unknown or missing, or an address is not a loopback address.</exception>
    public static Settings Parse(string[] args)
    {
        var values = args.Chunk(2).ToLookup(
            pair => pair[0], pair => pair.Length == 2 ? pair[1] : throw new ArgumentException($"{pair[0]} needs a value."));
        string? Last(string name) => values[name].LastOrDefault();
        string Required(string name) => Last(name) ?? throw new ArgumentException($"{name} is required.");
        int[] Ids(string name) => [.. (Last(name) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(ParseInt)];

        var scenario = Scenario.All.GetValueOrDefault(Required("--scenario"))
            ?? throw new ArgumentException($"Scenarios: {string.Join(' ', Scenario.All.Keys)}");
        return new Settings
        {
            Peer = Required("--peer"),
            ScenarioName = Last("--as") ?? Required("--scenario"),
            Scenario = scenario with
            {
                Readers = Last("--readers") is { } readers ? ParseInt(readers) : scenario.Readers,
                Channels = Last("--channels") is { } channels ? ParseInt(channels) : scenario.Channels,
                Rate = Last("--rate") is { } rate ? ParseInt(rate) : scenario.Rate,
                Seconds = Last("--seconds") is { } seconds ? ParseInt(seconds) : scenario.Seconds,
                Window = Last("--window") is { } window ? ParseInt(window) : scenario.Window,
            },
            Streams = [.. values["--stream"].Select(RequireLoopback)],
            Headers = [.. values["--header"]],
            Post = Last("--post") is { } post ? RequireLoopback(post) : null,
            PostBody = Last("--post-body"),
            WebhookToken = Last("--webhook-token"),
            Redis = Last("--redis") is { } redis ? RequireLoopback(IPEndPoint.Parse(redis)) : null,
            AsProduct = Last("--as-product") == "true",
            Log = Last("--log"),
            ServerIds = Ids("--server-ids"),
            RedisIds = Ids("--redis-ids"),
            LogIds = Ids("--log-ids"),
            OpenAtOnce = Last("--open-at-once") is { } atOnce ? ParseInt(atOnce) : 512,
            ReopenAtOnce = Last("--reopen-at-once") is { } again ? ParseInt(again) : null,
            Between = Last("--between"),
        };
    }

    private static int ParseInt(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static Uri RequireLoopback(string address)
    {
        var uri = new Uri(address);
        RequireLoopback(IPEndPoint.Parse(uri.Authority));
        return uri;
    }

    // Ten thousand connections to another machine would be an attack.
    private static IPEndPoint RequireLoopback(IPEndPoint address) =>
        IPAddress.IsLoopback(address.Address) ? address : throw new ArgumentException($"{address} is not a loopback address.");
}
