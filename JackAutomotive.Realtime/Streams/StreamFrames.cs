using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Transport;

namespace JackAutomotive.Realtime.Streams;

/// <summary>The starting point of a stream.</summary>
/// <param name="After">The seq after which the stream starts. The stream sends every later event.</param>
/// <param name="Newest">The seq of the newest event in the log.</param>
/// <param name="IsReset">True if the client's last event id is beyond the log, so that its state comes from another log.</param>
/// <param name="WithSnapshot">True if the stream begins with a snapshot and continues from the snapshot's seq.</param>
internal readonly record struct StreamStart(long After, long Newest, bool IsReset, bool WithSnapshot = false);

/// <summary>The name of this instance. Clients get it in <c>ready</c>, so that a person can see how streams are distributed.</summary>
internal sealed record InstanceName(string Value);

/// <summary>The frames of a stream that are not lead events.</summary>
internal static class StreamFrames
{
    /// <summary>An SSE comment that keeps the connection alive. Clients ignore comments.</summary>
    public static readonly Block Heartbeat = Block.Of(": hb\n\n"u8);

    /// <summary>
    /// Returns the first frames of a stream. The id of <c>ready</c> is a resume point, so a client can resume even before its first event.
    /// Before a snapshot, <c>ready</c> has no id, because a client that loses the connection before the snapshot has no state to resume
    /// from.
    /// </summary>
    public static byte[] CreateOpening(LeadId lead, StreamStart start, InstanceName instance)
    {
        var text = new StringBuilder(CreateRetryField());
        var name = JsonEncodedText.Encode(instance.Value);
        Append(text, "ready", start, $$"""{"leadId":"{{lead}}","seq":{{start.Newest}},"instance":"{{name}}"}""");
        if (start.IsReset)
        {
            Append(text, "reset", start, $$"""{"leadId":"{{lead}}","seq":{{start.Newest}}}""");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Returns the last frame of a stream that the server ends. The frame sets the client's delay before it reconnects.</summary>
    public static Block CreateRetryFrame() => Block.Of(Encoding.UTF8.GetBytes(CreateRetryField()));

    /// <summary>Returns the last frame of an erased lead's stream, which tells the client that the lead no longer exists.</summary>
    public static Block CreateLeadErasedFrame(LeadId lead) => Block.Of(Encoding.UTF8.GetBytes(
        $$"""
        event: {{StreamEventTypes.LeadErased}}
        data: {"leadId":"{{lead}}"}


        """.ReplaceLineEndings("\n")));

    // The delay is random, so that the clients of an instance that stops do not all reconnect at the same moment.
    private static string CreateRetryField() =>
        string.Create(CultureInfo.InvariantCulture, $"retry: {RandomNumberGenerator.GetInt32(1000, 5001)}\n\n");

    private static void Append(StringBuilder text, string type, StreamStart start, string data)
    {
        if (!start.WithSnapshot)
        {
            text.Append(CultureInfo.InvariantCulture, $"id: {start.After}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"event: {type}\ndata: {data}\n\n");
    }
}
