namespace JackAutomotive.Tests.Drivers;

/// <summary>Builds Twilio's status callbacks for recordings.</summary>
internal sealed class RecordingDriver(IncomingSmsDriver twilio)
{
    public const string Path = "/api/webhooks/twilio/voice/recording";

    public static string NewSid() => $"RE{Guid.NewGuid():N}";

    public SignedRequest Status(string sid, string callSid, string status, int duration = 42) => Fields(
        ("RecordingSid", sid), ("CallSid", callSid), ("RecordingStatus", status), ("RecordingDuration", $"{duration}"),
        ("RecordingUrl", $"https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/{sid}"), ("RecordingChannels", "2"),
        ("RecordingSource", "OutboundAPI"), ("RecordingTrack", "both"), ("ErrorCode", "0"),
        ("RecordingStartTime", "Mon, 23 Nov 2026 11:00:20 +0000"));

    /// <summary>The recording of a conference, which has no call.</summary>
    public SignedRequest OfConference(string sid, string conferenceSid, string status = "completed") => Fields(
        ("RecordingSid", sid), ("ConferenceSid", conferenceSid), ("RecordingStatus", status), ("RecordingDuration", "42"),
        ("RecordingUrl", $"https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/{sid}"), ("RecordingChannels", "1"),
        ("RecordingSource", "Conference"), ("ErrorCode", "0"));

    public SignedRequest Fields(params (string Name, string Value)[] fields) => twilio.Fields(fields, Path);
}
