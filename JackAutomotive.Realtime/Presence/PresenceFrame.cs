using System.Text.Encodings.Web;
using System.Text.Json;
using JackAutomotive.Contracts;

namespace JackAutomotive.Realtime.Presence;

/// <summary>
/// Builds and reads the passing frame that shows a lead's watchers to each other:
/// <code>
/// event: presence_changed
/// data: {"leadId":"…","type":"presence_changed","occurredAt":"…","data":{"watchers":[{"name":"console","since":"…"}],"count":1}}
/// </code>
/// </summary>
internal static class PresenceFrame
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>
    /// Builds the frame. <c>watchers</c> names at most the first <see cref="PresenceHash.MaxShown"/> of the list, which must be ordered by
    /// start time; <c>count</c> is the length of the list.
    /// </summary>
    public static byte[] Encode(LeadId lead, IReadOnlyList<LeadWatcher> watchers, DateTimeOffset occurredAt)
    {
        var data = JsonSerializer.Serialize(new { Watchers = watchers.Take(PresenceHash.MaxShown), watchers.Count }, s_json);
        return LeadEventFrame.EncodePassing(lead, LeadEventTypes.PresenceChanged, occurredAt, data);
    }

    /// <summary>Returns true if a passing frame is a presence frame.</summary>
    public static bool IsPresence(ReadOnlySpan<byte> frame) => frame.StartsWith("event: presence_changed\n"u8);

    /// <summary>Returns the names in a frame in ordinal order; null if the frame does not name every watcher.</summary>
    public static string[]? ReadNames(ReadOnlySpan<byte> frame)
    {
        var dataPrefix = "\ndata: "u8;
        var start = frame.IndexOf(dataPrefix);
        if (start < 0)
        {
            return null;
        }

        var json = new Utf8JsonReader(frame[(start + dataPrefix.Length)..^2]);
        var data = JsonElement.ParseValue(ref json).GetProperty("data");
        var names = data.GetProperty("watchers").EnumerateArray().Select(watcher => watcher.GetProperty("name").GetString()!).ToArray();
        return names.Length == data.GetProperty("count").GetInt32() ? [.. names.Order(StringComparer.Ordinal)] : null;
    }
}
