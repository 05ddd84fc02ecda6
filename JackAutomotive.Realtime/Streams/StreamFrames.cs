using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using JackAutomotive.Contract;
using JackAutomotive.Realtime.Connections;

namespace JackAutomotive.Realtime.Events;

/// <summary>Where a stream begins.</summary>
/// <param name="After">The last seq that the client is taken to know: the first event shown is the one after it.</param>
/// <param name="Newest">The newest seq of the log.</param>
/// <param name="IsReset">The client knew a later seq than there is.</param>
/// <param name="WithSnapshot">It begins with a snapshot, and goes on from there.</param>
internal readonly record struct StreamStart(long After, long Newest, bool IsReset, bool WithSnapshot = false);

/// <summary>Which instance answers; clients are told, so that a person can see that streams are spread.</summary>
internal sealed record InstanceName(string Value);

/// <summary>The parts of a stream that are no events of the log.</summary>
internal static class StreamFrames
{
    /// <summary>A sign of life that no client shows.</summary>
    public static readonly Block Comment = Block.Of(": hb\n\n"u8);

    /// <summary>
    /// What every stream starts with. Its id is the resume point: a client that never got an event can resume too. Before a snapshot it
    /// has none: who is cut off in between has nothing to resume from.
    /// </summary>
    public static byte[] Opening(LeadId lead, StreamStart start, InstanceName instance)
    {
        var text = new StringBuilder(RetryText());
        var name = JsonEncodedText.Encode(instance.Value);
        Append(text, "ready", start, $$"""{"leadId":"{{lead}}","seq":{{start.Newest}},"instance":"{{name}}"}""");
        if (start.IsReset)
        {
            Append(text, "reset", start, $$"""{"leadId":"{{lead}}","seq":{{start.Newest}}}""");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>What a stream ends with when it is this side that ends it.</summary>
    public static Block Farewell() => Block.Of(Encoding.UTF8.GetBytes(RetryText()));

    /// <summary>What the stream of a lead ends with that is no more: there is nothing to come back for.</summary>
    public static Block Erased(LeadId lead) => Block.Of(Encoding.UTF8.GetBytes(
        $$"""
        event: {{StreamEventTypes.LeadErased}}
        data: {"leadId":"{{lead}}"}


        """.ReplaceLineEndings("\n")));

    // At random, so that the clients of an instance that goes away do not all come back in the same moment.
    private static string RetryText() =>
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
