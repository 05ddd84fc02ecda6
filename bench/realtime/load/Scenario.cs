namespace JackAutomotive.RealtimeLoad;

internal enum Kind
{
    /// <summary>Publishes as fast as possible, with a constant number of deliveries in flight.</summary>
    Saturated,

    /// <summary>Publishes at a fixed rate.</summary>
    Paced,

    /// <summary>Publishes nothing.</summary>
    Idle,

    /// <summary>Publishes at a fixed rate while all clients are disconnected once and reconnect.</summary>
    Storm,
}

/// <summary>The load on the server.</summary>
internal sealed record Scenario
{
    public static readonly IReadOnlyDictionary<string, Scenario> All = new Dictionary<string, Scenario>
    {
        ["fan-sat"] = new() { Kind = Kind.Saturated, Readers = 1000, Channels = 1, Seconds = 8, WarmUp = 3 },
        ["fan-paced"] = new() { Kind = Kind.Paced, Readers = 1000, Channels = 1, Rate = 20, Seconds = 8, WarmUp = 3 },
        ["many"] = new() { Kind = Kind.Paced, Readers = 5000, Channels = 5000, Rate = 2000, Seconds = 8, WarmUp = 3 },
        ["idle"] = new() { Kind = Kind.Idle, Readers = 10000, Channels = 2000, Seconds = 10 },
        ["storm"] = new() { Kind = Kind.Storm, Readers = 5000, Channels = 500, Rate = 200, Resumes = true },
        ["storm-elsewhere"] = new() { Kind = Kind.Storm, Readers = 5000, Channels = 500, Rate = 200, Resumes = true, ChangesServers = true },
        ["slow"] = new()
        {
            Kind = Kind.Paced,
            Readers = 100,
            Channels = 1,
            Rate = 100,
            Seconds = 12,
            WarmUp = 1,
            Stalling = 10,
            MessageBytes = 4000,
            Resumes = true,
        },
        ["live"] = new() { Kind = Kind.Paced, Readers = 1000, Channels = 500, Rate = 200, Seconds = 30, WarmUp = 10 },
        ["each-sat"] = new() { Kind = Kind.Saturated, Readers = 5000, Channels = 5000, Seconds = 8, WarmUp = 3, Window = 1000 },
    };

    public required Kind Kind { get; init; }

    public required int Readers { get; init; }

    public required int Channels { get; init; }

    /// <summary>Messages per second over all channels.</summary>
    public double Rate { get; init; }

    public double Seconds { get; init; }

    /// <summary>The duration in seconds of the same load before the measurement.</summary>
    public double WarmUp { get; init; }

    /// <summary>The number of readers that stop reading during the measurement.</summary>
    public int Stalling { get; init; }

    /// <summary>The size of a message's data line in bytes.</summary>
    public int MessageBytes { get; init; } = 300;

    /// <summary>The number of messages in flight for each reader in a saturated scenario.</summary>
    public int Window { get; init; } = 64;

    /// <summary>Whether readers send the id of their last event when they reconnect.</summary>
    public bool Resumes { get; init; }

    /// <summary>Whether readers reconnect to another server.</summary>
    public bool ChangesServers { get; init; }
}
