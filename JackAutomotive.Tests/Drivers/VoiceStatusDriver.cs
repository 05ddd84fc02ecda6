namespace JackAutomotive.Tests.Drivers;

/// <summary>Builds Twilio's status callbacks for telephone calls.</summary>
internal sealed class VoiceStatusDriver(IncomingSmsDriver twilio)
{
    public const string Path = "/api/webhooks/twilio/voice/status";

    /// <summary>The start of the calls of this driver. Each further callback is ten seconds later.</summary>
    public static readonly DateTimeOffset Began = new(2026, 11, 23, 11, 0, 0, TimeSpan.Zero);

    public static string NewSid() => $"CA{Guid.NewGuid():N}";

    /// <summary>The callbacks of an answered call, in order.</summary>
    public SignedRequest[] Answered(string sid, string customer, string direction = "inbound") =>
    [
        Progress(sid, customer, "initiated", 0, direction),
        Progress(sid, customer, "ringing", 1, direction),
        Progress(sid, customer, "in-progress", 2, direction, ("AnsweredBy", "human")),
        Progress(sid, customer, "completed", 3, direction, ("CallDuration", "42"), ("Duration", "1")),
    ];

    public SignedRequest Progress(
        string sid,
        string customer,
        string status,
        int sequence,
        string direction = "inbound",
        params (string Name, string Value)[] more) => Fields(
    [
        ("CallSid", sid), ("CallStatus", status), ("Direction", direction), ("ApiVersion", "2010-04-01"),
        ("From", direction == "inbound" ? customer : IncomingSmsDriver.OurNumber),
        ("To", direction == "inbound" ? IncomingSmsDriver.OurNumber : customer),
        ("CallbackSource", "call-progress-events"), ("SequenceNumber", $"{sequence}"),
        ("Timestamp", Began.AddSeconds(10 * sequence).ToString("r").Replace("GMT", "+0000", StringComparison.Ordinal)),
        .. more,
    ]);

    /// <summary>The result of asynchronous answering machine detection, which has no status.</summary>
    public SignedRequest Detected(string sid, string answeredBy) => Fields(
        ("CallSid", sid), ("AccountSid", "AC00000000000000000000000000000001"), ("AnsweredBy", answeredBy), ("MachineDetectionDuration", "2400"));

    /// <summary>A participant of a conference joins it.</summary>
    public SignedRequest Joined(string sid, string conferenceSid) => Fields(
        ("ConferenceSid", conferenceSid), ("CallSid", sid), ("StatusCallbackEvent", "participant-join"), ("FriendlyName", "room"),
        ("AccountSid", "AC00000000000000000000000000000001"), ("SequenceNumber", "1"), ("Muted", "false"),
        ("Timestamp", "Mon, 23 Nov 2026 11:00:15 +0000"));

    public SignedRequest Fields(params (string Name, string Value)[] fields) => twilio.Fields(fields, Path);
}
