using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Streams;
using JackAutomotive.Realtime.Transport;

namespace JackAutomotive.Realtime.Tail;

/// <summary>Builds the frames of a stream of many leads that are not events of the log.</summary>
internal static class TailFrames
{
    /// <summary>Builds the start of a stream: the reconnection time at random (1 to 5 s), <c>ready</c> and, if needed, <c>reset</c>.</summary>
    public static byte[] Opening(StreamStart start, InstanceName instance)
    {
        var retry = string.Create(CultureInfo.InvariantCulture, $"retry: {RandomNumberGenerator.GetInt32(1000, 5001)}\n\n");
        var name = JsonEncodedText.Encode(instance.Value);
        var ready = Frame(StreamEventTypes.Ready, start, $$"""{"position":{{start.Newest}},"instance":"{{name}}"}""");
        var reset = start.IsReset ? Frame(StreamEventTypes.Reset, start, $$"""{"position":{{start.Newest}}}""") : "";
        return Encoding.UTF8.GetBytes(retry + ready + reset);
    }

    /// <summary>
    /// Builds a frame that moves a client's Last-Event-ID and raises no event there: a frame without data is not dispatched (WHATWG HTML,
    /// "Server-sent events").
    /// </summary>
    public static Block ResumePoint(long position) =>
        Block.Of(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {position}\n\n")));

    private static string Frame(string type, StreamStart start, string data) =>
        string.Create(CultureInfo.InvariantCulture, $"id: {start.After}\nevent: {type}\ndata: {data}\n\n");
}
