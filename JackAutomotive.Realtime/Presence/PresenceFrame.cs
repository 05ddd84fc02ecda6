using System.Text.Encodings.Web;
using System.Text.Json;
using JackAutomotive.Contract;

namespace JackAutomotive.Realtime.Presence;

/// <summary>
/// What watchers are told of each other:
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

    /// <summary>Builds the frame; of many watchers it names those who have watched longest.</summary>
    public static byte[] Encode(LeadId lead, IReadOnlyList<LeadWatcher> watchers, DateTimeOffset at)
    {
        var data = JsonSerializer.Serialize(new { Watchers = watchers.Take(PresenceHash.MaxShown), watchers.Count }, s_json);
        return LeadEventFrame.EncodePassing(lead, LeadEventTypes.PresenceChanged, at, data);
    }

    /// <summary>Whether a passing frame is one of these.</summary>
    public static bool IsOne(ReadOnlySpan<byte> frame) => frame.StartsWith("event: presence_changed\n"u8);

    /// <summary>The names in a frame, in order; null if not all of them are in it.</summary>
    public static string[]? NamesIn(ReadOnlySpan<byte> frame)
    {
        var start = frame.IndexOf("\ndata: "u8);
        if (start < 0)
        {
            return null;
        }

        var json = new Utf8JsonReader(frame[(start + 7)..^2]);
        var data = JsonElement.ParseValue(ref json).GetProperty("data");
        var names = data.GetProperty("watchers").EnumerateArray().Select(watcher => watcher.GetProperty("name").GetString()!).ToArray();
        return names.Length == data.GetProperty("count").GetInt32() ? [.. names.Order(StringComparer.Ordinal)] : null;
    }
}
