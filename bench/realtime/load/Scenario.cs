namespace JackAutomotive.RealtimeLoad;

internal enum Kind
{
    /// <summary>As fast as it goes: always the same number of deliveries under way.</summary>
    Saturated,

    /// <summary>Messages are due at fixed times.</summary>
    Paced,

    /// <summary>No message at all.</summary>
    Idle,

    /// <summary>Messages at fixed times, and in between all clients are cut and come back.</summary>
    Storm,
}

/// <summary>What is done to the server.</summary>
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

    /// <summary>Messages a second over all channels.</summary>
    public double Rate { get; init; }

    public double Seconds { get; init; }

    /// <summary>Seconds of the same before anything is measured.</summary>
    public double WarmUp { get; init; }

    /// <summary>Readers that stop reading for as long as is measured.</summary>
    public int Stalling { get; init; }

    /// <summary>Size of a message's data line.</summary>
    public int MessageBytes { get; init; } = 300;

    /// <summary>Messages under way to each reader when saturated.</summary>
    public int Window { get; init; } = 64;

    /// <summary>Whether readers name the last event they saw when they come back.</summary>
    public bool Resumes { get; init; }

    /// <summary>Whether readers come back to another server than they had.</summary>
    public bool ChangesServers { get; init; }
}
