using System.Text.Json.Serialization;

namespace JackAutomotive.Analysis;

/// <summary>One thing that one side of a conversation said or wrote.</summary>
/// <param name="Role">The side that spoke.</param>
/// <param name="Text">The words as they were said or written. Evidence refers to characters (UTF-16 code units) of this text.</param>
/// <param name="OffsetSeconds">The time since the conversation began, in seconds. Zero or more.</param>
/// <param name="Channel">The way in which the words came.</param>
public sealed record Turn(TurnRole Role, string Text, double OffsetSeconds, TurnChannel Channel = TurnChannel.Voice);

/// <summary>A side of a conversation. The names in JSON are those of the provider.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TurnRole>))]
public enum TurnRole
{
    /// <summary>The customer.</summary>
    [JsonStringEnumMemberName("user")]
    User,

    /// <summary>The dealership: the voice agent or a member of staff.</summary>
    [JsonStringEnumMemberName("agent")]
    Agent,
}

/// <summary>The way in which the words of a turn came.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TurnChannel>))]
public enum TurnChannel
{
    /// <summary>A telephone call.</summary>
    [JsonStringEnumMemberName("voice")]
    Voice,

    /// <summary>A text message, over SMS or another messaging channel.</summary>
    [JsonStringEnumMemberName("sms")]
    Sms,
}
