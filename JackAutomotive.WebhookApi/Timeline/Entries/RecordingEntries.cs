using System.Text.Json.Nodes;
using JackAutomotive.WebhookApi.Conversations.Audio;

namespace JackAutomotive.WebhookApi.Timeline.Entries;

/// <summary>The recordings of the lead's calls, and of the conferences that the lead took part in. Twilio stores the sound.</summary>
internal sealed class RecordingEntries : ITimelineSource
{
    public string Name => "recording";

    public string At => "coalesce(recording.started_at, recording.created_at)";

    public string Key => "recording.recording_sid";

    public string DeliveryId => "recording.delivery_id";

    public string Data => """
        json_build_object(
            'recordingSid', recording.recording_sid, 'callSid', recording.call_sid, 'conferenceSid', recording.conference_sid,
            'status', recording.status, 'durationSeconds', recording.duration_seconds, 'channels', recording.channels,
            'errorCode', recording.error_code)
        """;

    public string Rows => """
        FROM (
            SELECT recordings.* FROM calls JOIN recordings USING (call_sid) WHERE calls.lead_id = $1
            UNION ALL
            SELECT * FROM recordings WHERE conference_lead_id = $1 AND call_sid IS NULL) AS recording
        WHERE true
        """;
}

/// <summary>The audio of conversations, which this service stores.</summary>
internal sealed class AudioEntries : ITimelineSource
{
    public string Name => "audio";

    public string At => "audio.made_at";

    public string Key => "audio.conversation_id";

    public string DeliveryId => "audio.delivery_id";

    public string Data =>
        "json_build_object('conversationId', audio.conversation_id, 'contentType', audio.content_type, 'bytes', audio.bytes)";

    public string Rows => "FROM conversation_audio AS audio WHERE audio.lead_id = $1";

    public JsonObject Complete(JsonObject data)
    {
        data["url"] = GetConversationAudio.PathOf((string)data["conversationId"]!);
        return data;
    }
}
