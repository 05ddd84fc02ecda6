using System.Text.Json;
using System.Text.Json.Serialization;

namespace JackAutomotive.RealtimeLoad;

/// <summary>The result of one run. A field is null if the scenario does not measure it.</summary>
internal sealed record Result
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public required string Peer { get; init; }

    public required string Scenario { get; init; }

    public required int Readers { get; init; }

    public required int Channels { get; init; }

    /// <summary>The number of opened streams, the time until all were open, and the server's CPU time in that time.</summary>
    public int Open { get; set; }

    public double ConnectS { get; set; }

    public double? ConnectCpuS { get; set; }

    /// <summary>The number of readers that received the probe message of their channel.</summary>
    public long? Probed { get; set; }

    /// <summary>The time from the start of the measurement to the last delivery.</summary>
    public double Seconds { get; set; }

    public long? Published { get; set; }

    /// <summary>The number of deliveries expected for the published messages.</summary>
    public long? Expected { get; set; }

    public long? Delivered { get; set; }

    public long? Lost { get; set; }

    public long? Doubled { get; set; }

    public long? Reordered { get; set; }

    public double? DeliveriesPerS { get; set; }

    /// <summary>The latency from a message's due time to its receipt.</summary>
    public double? P50Ms { get; set; }

    public double? P95Ms { get; set; }

    public double? P99Ms { get; set; }

    public double? MaxMs { get; set; }

    /// <summary>The CPU time of the server's processes, in total and per million deliveries.</summary>
    public double CpuS { get; set; }

    public double? CpuSPerMillion { get; set; }

    public double RedisCpuS { get; set; }

    public double? RedisCpuSPerMillion { get; set; }

    /// <summary>The CPU time of Postgres and of the load program.</summary>
    public double LogCpuS { get; set; }

    public double LoadCpuS { get; set; }

    /// <summary>The growth of the server's memory from no connection to all connections, per connection.</summary>
    public double KibPerConnection { get; set; }

    /// <summary>The server's memory at the end of the measurement, and its growth in the measurement.</summary>
    public long ServerKib { get; set; }

    public long GrewKib { get; set; }

    /// <summary>Streams that the server ended, attempts that it refused or did not answer, and the status line of the first refusal.</summary>
    public int Ended { get; set; }

    public int Failed { get; set; }

    public string? Refusal { get; set; }

    /// <summary>Storm: the number of reconnected readers, the time until the last reconnect, and the times of single readers.</summary>
    public int? Back { get; set; }

    public double? BackMs { get; set; }

    public double? BackP50Ms { get; set; }

    public double? BackP99Ms { get; set; }

    public int? BackFailed { get; set; }

    /// <summary>Storm: the time from the last message until every reader had every message; null if that never happened.</summary>
    public double? CaughtUpMs { get; set; }

    /// <summary>Storm: the number of readers that received a new message afterwards, and the time that took.</summary>
    public long? Served { get; set; }

    public double? ServedMs { get; set; }

    /// <summary>Slow: the readers that the server disconnected, the messages they lacked after the reconnect, and those the others lacked.</summary>
    public int? Cut { get; set; }

    public long? CutMissed { get; set; }

    public long? KeptMissed { get; set; }

    public long? PublishErrors { get; set; }

    /// <summary>The time from a message's due time to the answer of the HTTP endpoint.</summary>
    public double? AckP50Ms { get; set; }

    public double? AckP95Ms { get; set; }

    public double? AckP99Ms { get; set; }

    /// <summary>The number of messages published again after a loss of the Redis connection.</summary>
    public long? Republished { get; set; }

    public string CoresBusyPercent { get; set; } = "";

    /// <summary>The share of the machine's CPU time that other processes used.</summary>
    public double ForeignPercent { get; set; }

    public static Result Parse(string line) => JsonSerializer.Deserialize<Result>(line, s_json) ?? throw new FormatException(line);

    public override string ToString() => JsonSerializer.Serialize(this, s_json);
}
