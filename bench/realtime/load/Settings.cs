using System.Globalization;
using System.Net;

namespace JackAutomotive.RealtimeLoad;

/// <summary>What the command line says, see <c>Program.cs</c>.</summary>
internal sealed class Settings
{
    public required string Peer { get; init; }

    public required string ScenarioName { get; init; }

    public required Scenario Scenario { get; init; }

    /// <summary>Where to read from, with <c>{lead}</c>.</summary>
    public required Uri[] Streams { get; init; }

    public string[] Headers { get; init; } = [];

    /// <summary>Publishing by HTTP: where to, with <c>{lead}</c>.</summary>
    public Uri? Post { get; init; }

    public string? PostBody { get; init; }

    /// <summary>What to sign with, where messages are posted to the product's webhook for texts.</summary>
    public string? WebhookToken { get; init; }

    /// <summary>Publishing by Redis.</summary>
    public IPEndPoint? Redis { get; init; }

    /// <summary>Whether messages have the product's head and frame.</summary>
    public bool AsProduct { get; init; }

    /// <summary>The database that messages are committed to before they are published.</summary>
    public string? Log { get; init; }

    public int[] ServerIds { get; init; } = [];

    public int[] RedisIds { get; init; } = [];

    public int[] LogIds { get; init; } = [];

    /// <summary>Most connections that are being opened at the same time.</summary>
    public int OpenAtOnce { get; init; } = 512;

    public int? ReopenAtOnce { get; init; }

    /// <summary>A command that is run while all readers are cut.</summary>
    public string? Between { get; init; }

    /// <exception cref="ArgumentException">Something is unknown, missing, or not on this machine.</exception>
    public static Settings Parse(string[] args)
    {
        var given = args.Chunk(2).ToLookup(pair => pair[0], pair => pair.Length == 2 ? pair[1] : throw new ArgumentException($"{pair[0]} needs a value."));
        string? One(string name) => given[name].LastOrDefault();
        string Needed(string name) => One(name) ?? throw new ArgumentException($"{name} is needed.");
        int[] Ids(string name) => [.. (One(name) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Whole)];

        var scenario = Scenario.All.GetValueOrDefault(Needed("--scenario")) ?? throw new ArgumentException($"Scenarios: {string.Join(' ', Scenario.All.Keys)}");
        return new Settings
        {
            Peer = Needed("--peer"),
            ScenarioName = One("--as") ?? Needed("--scenario"),
            Scenario = scenario with
            {
                Readers = One("--readers") is { } readers ? Whole(readers) : scenario.Readers,
                Channels = One("--channels") is { } channels ? Whole(channels) : scenario.Channels,
                Rate = One("--rate") is { } rate ? Whole(rate) : scenario.Rate,
                Seconds = One("--seconds") is { } seconds ? Whole(seconds) : scenario.Seconds,
                Window = One("--window") is { } window ? Whole(window) : scenario.Window,
            },
            Streams = [.. given["--stream"].Select(Local)],
            Headers = [.. given["--header"]],
            Post = One("--post") is { } post ? Local(post) : null,
            PostBody = One("--post-body"),
            WebhookToken = One("--webhook-token"),
            Redis = One("--redis") is { } redis ? Local(IPEndPoint.Parse(redis)) : null,
            AsProduct = One("--as-product") == "true",
            Log = One("--log"),
            ServerIds = Ids("--server-ids"),
            RedisIds = Ids("--redis-ids"),
            LogIds = Ids("--log-ids"),
            OpenAtOnce = One("--open-at-once") is { } atOnce ? Whole(atOnce) : 512,
            ReopenAtOnce = One("--reopen-at-once") is { } again ? Whole(again) : null,
            Between = One("--between"),
        };
    }

    private static int Whole(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static Uri Local(string address)
    {
        var uri = new Uri(address);
        Local(IPEndPoint.Parse(uri.Authority));
        return uri;
    }

    // Ten thousand connections to somebody else's machine would be an attack.
    private static IPEndPoint Local(IPEndPoint address) =>
        IPAddress.IsLoopback(address.Address) ? address : throw new ArgumentException($"{address} is not this machine.");
}
