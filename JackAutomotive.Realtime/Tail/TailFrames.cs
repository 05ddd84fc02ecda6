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
    /// <summary>Builds the start of a stream: a random reconnection time (1 to 5 s), <c>ready</c> and, if needed, <c>reset</c>.</summary>
    public static byte[] BuildOpening(StreamStart start, InstanceName instance)
    {
        var retry = string.Create(CultureInfo.InvariantCulture, $"retry: {RandomNumberGenerator.GetInt32(1000, 5001)}\n\n");
        var name = JsonEncodedText.Encode(instance.Value);
        var ready = BuildFrame(StreamEventTypes.Ready, start, $$"""{"position":{{start.Newest}},"instance":"{{name}}"}""");
        var reset = start.IsReset ? BuildFrame(StreamEventTypes.Reset, start, $$"""{"position":{{start.Newest}}}""") : "";
        return Encoding.UTF8.GetBytes(retry + ready + reset);
    }

    /// <summary>
    /// Builds a frame that only moves a client's Last-Event-ID: a client dispatches no event for a frame without data (WHATWG HTML,
    /// "Server-sent events").
    /// </summary>
    public static Block BuildResumePoint(long place) =>
        Block.Of(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {place}\n\n")));

    private static string BuildFrame(string type, StreamStart start, string data) =>
        string.Create(CultureInfo.InvariantCulture, $"id: {start.After}\nevent: {type}\ndata: {data}\n\n");
}
