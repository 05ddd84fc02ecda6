using System.Text;

namespace JackAutomotive.Contracts;

/// <summary>
/// The Redis channel for streams of many leads. An empty message is a hint that the log has grown: a subscriber then reads the log.
/// Every other message carries a passing frame, which is not in the log: the lead's id on one line, then the
/// <see cref="LeadMessage"/> that is also published on the lead's own channel.
/// </summary>
public static class LeadsChannel
{
    /// <summary>The name of the channel.</summary>
    public const string Name = "leads";

    private const int IdLength = 36;

    /// <summary>The message that hints that the log has grown; it is empty.</summary>
    public static byte[] Hint => [];

    /// <summary>Builds a message with a passing frame.</summary>
    /// <param name="lead">The lead that the frame is about.</param>
    /// <param name="message">The result of <see cref="LeadMessage.EncodePassing"/> for the passing frame.</param>
    public static byte[] EncodePassing(LeadId lead, ReadOnlySpan<byte> message) =>
        [.. Encoding.ASCII.GetBytes(lead.ToString()), (byte)'\n', .. message];

    /// <summary>Decodes a message with a passing frame. Returns false for a hint and for a malformed message.</summary>
    public static bool TryDecodePassing(ReadOnlyMemory<byte> message, out LeadId lead, out LeadMessage passing)
    {
        passing = default;
        lead = default;
        return message.Length > IdLength
            && message.Span[IdLength] == (byte)'\n'
            && LeadId.TryParse(Encoding.ASCII.GetString(message.Span[..IdLength]), null, out lead)
            && LeadMessage.TryDecode(message.Span[(IdLength + 1)..], out passing)
            && passing.IsPassing;
    }
}
