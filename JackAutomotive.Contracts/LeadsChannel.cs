using System.Text;

namespace JackAutomotive.Contract;

/// <summary>
/// The Redis channel for those who follow all leads. An empty message says that the log has grown: they read the log itself. Any other
/// is a passing frame, which no log has: the lead's id on a line, then the message as it is published on the lead's own channel.
/// </summary>
internal static class LeadsChannel
{
    /// <summary>The channel.</summary>
    public const string Name = "leads";

    private const int IdLength = 36;

    /// <summary>Says that the log has grown.</summary>
    public static byte[] Hint => [];

    /// <summary>Puts the lead's id before a message that carries a passing frame.</summary>
    public static byte[] EncodePassing(LeadId lead, ReadOnlySpan<byte> message) =>
        [.. Encoding.ASCII.GetBytes(lead.ToString()), (byte)'\n', .. message];

    /// <summary>Takes a message that is no hint apart without copying the frame. False if it is not one of these.</summary>
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
