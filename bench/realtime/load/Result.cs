using System.Text.Json;
using System.Text.Json.Serialization;

namespace JackAutomotive.RealtimeLoad;

/// <summary>What one run showed. Null is what the scenario has nothing to say about.</summary>
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

    /// <summary>Streams that opened, how long that took in all, and the server's CPU time meanwhile.</summary>
    public int Open { get; set; }

    public double ConnectS { get; set; }

    public double? ConnectCpuS { get; set; }

    /// <summary>Readers that got the first message of their channel.</summary>
    public long? Probed { get; set; }

    /// <summary>From the start of the measurement to the last delivery.</summary>
    public double Seconds { get; set; }

    public long? Published { get; set; }

    /// <summary>Deliveries that what was published should have led to.</summary>
    public long? Expected { get; set; }

    public long? Delivered { get; set; }

    public long? Lost { get; set; }

    public long? Doubled { get; set; }

    public long? Reordered { get; set; }

    public double? DeliveriesPerS { get; set; }

    /// <summary>From when the message was due to be published to when it was read.</summary>
    public double? P50Ms { get; set; }

    public double? P95Ms { get; set; }

    public double? P99Ms { get; set; }

    public double? MaxMs { get; set; }

    /// <summary>CPU time of the server's processes, in all and for each million deliveries.</summary>
    public double CpuS { get; set; }

    public double? CpuSPerMillion { get; set; }

    public double RedisCpuS { get; set; }

    public double? RedisCpuSPerMillion { get; set; }

    /// <summary>CPU time of Postgres and of the load program.</summary>
    public double LogCpuS { get; set; }

    public double LoadCpuS { get; set; }

    /// <summary>What the server's memory grew by from no connection to all of them, for each.</summary>
    public double KibPerConnection { get; set; }

    /// <summary>Memory at the end of the measurement, and what it grew by in it.</summary>
    public long ServerKib { get; set; }

    public long GrewKib { get; set; }

    /// <summary>Streams that the server ended; attempts that it refused or did not answer, and how the first refusal read.</summary>
    public int Ended { get; set; }

    public int Failed { get; set; }

    public string? Refusal { get; set; }

    /// <summary>Storm: readers that came back, how long until the last had, and for one reader.</summary>
    public int? Back { get; set; }

    public double? BackMs { get; set; }

    public double? BackP50Ms { get; set; }

    public double? BackP99Ms { get; set; }

    public int? BackFailed { get; set; }

    /// <summary>Storm: from the last message to when nobody lacked anything, if that came about.</summary>
    public double? CaughtUpMs { get; set; }

    /// <summary>Storm: readers that a new message reached afterwards, and within what time.</summary>
    public long? Served { get; set; }

    public double? ServedMs { get; set; }

    /// <summary>Slow: readers that were cut, and what they lacked when they had come back; what the others lacked.</summary>
    public int? Cut { get; set; }

    public long? CutMissed { get; set; }

    public long? KeptMissed { get; set; }

    public long? PublishErrors { get; set; }

    /// <summary>From when a message was due to when the way in had answered it.</summary>
    public double? AckP50Ms { get; set; }

    public double? AckP95Ms { get; set; }

    public double? AckP99Ms { get; set; }

    /// <summary>Messages that were published again after Redis had gone.</summary>
    public long? Republished { get; set; }

    public string CoresBusyPercent { get; set; } = "";

    /// <summary>CPU time that nobody here took, of all there was.</summary>
    public double ForeignPercent { get; set; }

    public static Result Parse(string line) => JsonSerializer.Deserialize<Result>(line, s_json) ?? throw new FormatException(line);

    public override string ToString() => JsonSerializer.Serialize(this, s_json);
}
