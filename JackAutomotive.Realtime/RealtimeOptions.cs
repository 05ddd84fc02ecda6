using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.Realtime;

/// <summary>The options of streams, from the configuration section <c>Realtime</c>.</summary>
internal sealed class RealtimeOptions
{
    public const string SectionName = "Realtime";

    /// <summary>The longest silence on a stream. A heartbeat, an SSE comment, is sent after half of this time at the earliest.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The maximum number of bytes that wait for one slow client. With more, the client is cut and resumes by Last-Event-ID.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int BacklogBytes { get; set; } = 256 * 1024;

    /// <summary>The bytes of a lead's newest events that stay in memory, so that a short absence of a client costs no query.</summary>
    [Range(0, 16 * 1024 * 1024)]
    public int RecentBytes { get; set; } = 64 * 1024;

    /// <summary>The bytes of the newest events of all leads that stay in memory for streams of many leads.</summary>
    [Range(0, 256 * 1024 * 1024)]
    public int TailRecentBytes { get; set; } = 1024 * 1024;

    /// <summary>The longest time that a pending write waits for a client. After it, the client is cut.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>The time that a lead stays subscribed after its last watcher has left, so that a page reload costs Redis nothing.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Linger { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The interval at which all watched leads are compared with Postgres, to find a last event whose message was lost.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:10:00")]
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The sweep interval while Redis is down. It bounds the delay of events during the outage.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:01:00")]
    public TimeSpan SweepIntervalWithoutRedis { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// The time that a feed waits for the message of a missing event before it queries Postgres. Publishers on several instances
    /// overtake each other by fractions of a millisecond, so most gaps close by themselves.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan GapPatience { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// The number of connections to Redis. Each connection has its own reading thread, which also writes to the streams of its leads, so
    /// choose the number of cores that may be used for live events. A cluster gets one connection for each node in addition.
    /// </summary>
    [Range(1, 64)]
    public int RedisConnections { get; set; } = Math.Clamp(Environment.ProcessorCount / 2, 1, 64);

    /// <summary>The interval of PINGs to Redis. A connection without any reply for three intervals is treated as broken.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:01:00")]
    public TimeSpan RedisPulse { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The interval at which the API keys of open streams are checked. The streams of a key that was revoked, has expired or has lost the
    /// scope <c>read</c> end within this time.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:01:00")]
    public TimeSpan KeyCheckInterval { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>The interval at which changes of presence are written to Redis and published.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:01:00")]
    public TimeSpan PresenceInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The time after which a silent instance counts as dead and its watchers as gone. A live instance renews its presence three times
    /// in this period.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:10:00")]
    public TimeSpan PresenceLifetime { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The number of rows in one read of the log.</summary>
    [Range(1, 10_000)]
    public int PageSize { get; set; } = 200;
}

[OptionsValidator]
internal sealed partial class ValidateRealtimeOptions : IValidateOptions<RealtimeOptions>;
