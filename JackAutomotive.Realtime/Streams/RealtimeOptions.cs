using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.Realtime.Events;

/// <summary>How streams behave. Section <c>Realtime</c>.</summary>
internal sealed class RealtimeOptions
{
    public const string SectionName = "Realtime";

    /// <summary>A stream on which nothing was written for this long gets a comment.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Most bytes that may wait for one slow client; with more it is cut and resumes by Last-Event-ID.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int BacklogBytes { get; set; } = 256 * 1024;

    /// <summary>Bytes of a lead's newest events that are kept in memory, so that a short absence costs no query.</summary>
    [Range(0, 16 * 1024 * 1024)]
    public int RecentBytes { get; set; } = 64 * 1024;

    /// <summary>The same for the newest events of all leads together, for streams of many leads.</summary>
    [Range(0, 256 * 1024 * 1024)]
    public int TailRecentBytes { get; set; } = 1024 * 1024;

    /// <summary>A client that takes nothing for this long is gone.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a lead stays subscribed after its last watcher left: a page reload should cost Redis nothing.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Linger { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often all watched leads are compared with Postgres, to find a last event whose publish was lost.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:10:00")]
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The same while Redis is away: this is then how late an event may be.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:01:00")]
    public TimeSpan SweepIntervalWithoutRedis { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How long a missing event is waited for before Postgres is asked: publishers on several instances overtake each other by
    /// fractions of a millisecond.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan GapPatience { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Connections to Redis, each read by a thread of its own that also writes to the streams of its leads: as many as cores that are
    /// to be used for live events. A cluster gets one for each node.
    /// </summary>
    [Range(1, 64)]
    public int RedisConnections { get; set; } = Math.Clamp(Environment.ProcessorCount / 2, 1, 64);

    /// <summary>How often Redis is asked for a sign of life. Three that stay away mean that it is.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:01:00")]
    public TimeSpan RedisPulse { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often what changed in who watches is written and told.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:01:00")]
    public TimeSpan PresenceInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>An instance that was not heard of for this long has no watchers any more. It says so three times in this time.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:10:00")]
    public TimeSpan PresenceLifetime { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Rows read from the log at a time.</summary>
    [Range(1, 10_000)]
    public int PageSize { get; set; } = 200;
}

[OptionsValidator]
internal sealed partial class ValidateRealtimeOptions : IValidateOptions<RealtimeOptions>;
