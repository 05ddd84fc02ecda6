using System.Globalization;
using JackAutomotive.ProviderSimulator.Scenarios;

namespace JackAutomotive.ProviderSimulator.Twilio;

/// <summary>A telephone call from its first ring to its end, told by Twilio's callbacks.</summary>
/// <param name="CallSid"><c>CA</c> and 32 hexadecimal digits.</param>
/// <param name="Customer">The customer's number, in E.164.</param>
/// <param name="Dealership">The dealership's number, in E.164.</param>
/// <param name="IsInbound">The customer called.</param>
/// <param name="Result">What ElevenLabs calls it: answered, voicemail, busy, no_answer or failed.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="DurationSeconds">From the answer to the end, at least 0.</param>
internal sealed record TelephoneCall(
    string CallSid, string Customer, string Dealership, bool IsInbound, string Result, DateTimeOffset EndedAt, int DurationSeconds)
{
    private const int RingSeconds = 6;

    private bool IsAnswered => Result is "answered" or "voicemail";

    /// <summary>Everything that Twilio tells of the call, in order; of an answered one also how its recording stands.</summary>
    public IReadOnlyList<TwilioCallback> Callbacks(Random random)
    {
        var answeredAt = EndedAt.AddSeconds(IsAnswered ? -DurationSeconds : 0);
        var rangAt = answeredAt.AddSeconds(-RingSeconds);
        var callbacks = new List<TwilioCallback>
        {
            Status("initiated", 0, rangAt.AddSeconds(-1)),
            Status("ringing", 1, rangAt),
        };
        if (!IsAnswered)
        {
            callbacks.Add(Status(Result.Replace('_', '-'), 2, EndedAt, ("CallDuration", "0"), ("Duration", "0")));
            return callbacks;
        }

        var recording = "RE" + random.Hex(32);
        callbacks.Add(Status("in-progress", 2, answeredAt, ("AnsweredBy", Result == "answered" ? "human" : "machine_start")));
        callbacks.Add(Recording(recording, "in-progress", answeredAt, -1));
        callbacks.Add(Status(
            "completed", 3, EndedAt, ("CallDuration", Number(DurationSeconds)), ("Duration", Number((DurationSeconds + 59) / 60))));
        callbacks.Add(Recording(recording, "completed", answeredAt, DurationSeconds));
        return callbacks;
    }

    private TwilioCallback Status(string status, int sequence, DateTimeOffset at, params (string Name, string Value)[] more)
    {
        var (from, to) = IsInbound ? (Customer, Dealership) : (Dealership, Customer);
        return new("api/webhooks/twilio/voice/status", "call status", CallSid, Customer,
        [
            new("CallSid", CallSid),
            new("CallStatus", status),
            new("Direction", IsInbound ? "inbound" : "outbound-api"),
            new("From", from),
            new("To", to),
            new("Caller", from),
            new("Called", to),
            new("Timestamp", Time(at)),
            new("CallbackSource", "call-progress-events"),
            new("SequenceNumber", Number(sequence)),
            .. more.Select(field => KeyValuePair.Create(field.Name, field.Value)),
        ]);
    }

    private TwilioCallback Recording(string recording, string status, DateTimeOffset startedAt, int seconds) =>
        new("api/webhooks/twilio/voice/recording", "recording", recording, Customer,
        [
            new("RecordingSid", recording),
            new("CallSid", CallSid),
            new("RecordingStatus", status),
            new("RecordingUrl", $"https://api.twilio.com/2010-04-01/Recordings/{recording}"),
            new("RecordingDuration", Number(seconds)),
            new("RecordingChannels", "2"),
            new("RecordingSource", "StartCallRecordingAPI"),
            new("RecordingTrack", "both"),
            new("RecordingStartTime", Time(startedAt)),
            new("ErrorCode", "0"),
        ]);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture);
}
