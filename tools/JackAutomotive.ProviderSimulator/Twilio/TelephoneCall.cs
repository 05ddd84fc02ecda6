using System.Globalization;
using JackAutomotive.ProviderSimulator.Apis;
using JackAutomotive.ProviderSimulator.Scenarios;

namespace JackAutomotive.ProviderSimulator.Twilio;

/// <summary>A telephone call, as Twilio's callbacks report it from the first ring to the end.</summary>
/// <param name="CallSid"><c>CA</c> and 32 hexadecimal digits.</param>
/// <param name="Customer">The customer's number, in E.164.</param>
/// <param name="Dealership">The dealership's number, in E.164.</param>
/// <param name="IsInbound">True if the customer called the dealership.</param>
/// <param name="Result">The result in ElevenLabs' terms: answered, voicemail, busy, no_answer or failed.</param>
/// <param name="EndedAt">When the call ended.</param>
/// <param name="DurationSeconds">Seconds from the answer to the end, at least 0.</param>
internal sealed record TelephoneCall(
    string CallSid, string Customer, string Dealership, bool IsInbound, string Result, DateTimeOffset EndedAt, int DurationSeconds)
{
    /// <summary>Seconds from the acceptance of the call to the first ring.</summary>
    public double SetUpSeconds { get; init; } = 1;

    /// <summary>Seconds from the first ring to the answer or to the failure.</summary>
    public double RingSeconds { get; init; } = 6;

    private bool IsAnswered => Result is "answered" or "voicemail";

    /// <summary>Plans an outbound call that the account has just accepted.</summary>
    /// <param name="callSid">The call's id.</param>
    /// <param name="customer">The customer's number, in E.164.</param>
    /// <param name="dealership">The dealership's number, in E.164.</param>
    /// <param name="end">How the call ends: answered, voicemail, busy, no-answer or failed.</param>
    /// <param name="acceptedAt">When the account accepted the call.</param>
    /// <param name="durations">How long the call rings and lasts.</param>
    public static TelephoneCall FromNow(
        string callSid, string customer, string dealership, string end, DateTimeOffset acceptedAt, ApiOptions durations)
    {
        var seconds = end is "answered" or "voicemail" ? Math.Max(1, (int)Math.Round(durations.CallSeconds)) : 0;
        return new(
            callSid, customer, dealership, IsInbound: false, end.Replace('-', '_'),
            acceptedAt.AddSeconds(durations.RingSeconds + seconds), seconds)
        {
            SetUpSeconds = 0,
            RingSeconds = durations.RingSeconds,
        };
    }

    /// <summary>Returns the callbacks with their due times, counted from the acceptance of the call.</summary>
    /// <param name="random">Source of the recording's id.</param>
    /// <param name="talk">The time from the answer to the end.</param>
    public IEnumerable<(TimeSpan At, TwilioCallback Callback)> Timetable(Random random, TimeSpan talk)
    {
        var answered = TimeSpan.FromSeconds(RingSeconds);
        var ended = IsAnswered ? answered + talk : answered;
        return Callbacks(random).Select(callback => (callback.Find("CallStatus") ?? callback.Find("RecordingStatus")) switch
        {
            "initiated" or "ringing" => (TimeSpan.Zero, callback),
            "in-progress" => (answered, callback),
            _ => (ended, callback),
        });
    }

    /// <summary>Returns Twilio's callbacks for the call, in order. An answered call also has callbacks for its recording.</summary>
    public IReadOnlyList<TwilioCallback> Callbacks(Random random)
    {
        var answeredAt = EndedAt.AddSeconds(IsAnswered ? -DurationSeconds : 0);
        var ringsAt = answeredAt.AddSeconds(-RingSeconds);
        var callbacks = new List<TwilioCallback>
        {
            CreateStatus("initiated", 0, ringsAt.AddSeconds(-SetUpSeconds)),
            CreateStatus("ringing", 1, ringsAt),
        };
        if (!IsAnswered)
        {
            callbacks.Add(CreateStatus(Result.Replace('_', '-'), 2, EndedAt, ("CallDuration", "0"), ("Duration", "0")));
            return callbacks;
        }

        var recording = "RE" + random.Hex(32);
        callbacks.Add(CreateStatus("in-progress", 2, answeredAt, ("AnsweredBy", Result == "answered" ? "human" : "machine_start")));
        callbacks.Add(CreateRecording(recording, "in-progress", answeredAt, -1));
        callbacks.Add(CreateStatus(
            "completed", 3, EndedAt, ("CallDuration", FormatNumber(DurationSeconds)), ("Duration", FormatNumber((DurationSeconds + 59) / 60))));
        callbacks.Add(CreateRecording(recording, "completed", answeredAt, DurationSeconds));
        return callbacks;
    }

    private TwilioCallback CreateStatus(string status, int sequence, DateTimeOffset at, params (string Name, string Value)[] moreFields)
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
            new("Timestamp", FormatTime(at)),
            new("CallbackSource", "call-progress-events"),
            new("SequenceNumber", FormatNumber(sequence)),
            .. moreFields.Select(field => KeyValuePair.Create(field.Name, field.Value)),
        ]);
    }

    private TwilioCallback CreateRecording(string recording, string status, DateTimeOffset startedAt, int seconds) =>
        new("api/webhooks/twilio/voice/recording", "recording", recording, Customer,
        [
            new("RecordingSid", recording),
            new("CallSid", CallSid),
            new("RecordingStatus", status),
            new("RecordingUrl", $"https://api.twilio.com/2010-04-01/Recordings/{recording}"),
            new("RecordingDuration", FormatNumber(seconds)),
            new("RecordingChannels", "2"),
            new("RecordingSource", "StartCallRecordingAPI"),
            new("RecordingTrack", "both"),
            new("RecordingStartTime", FormatTime(startedAt)),
            new("ErrorCode", "0"),
        ]);

    private static string FormatNumber(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string FormatTime(DateTimeOffset time) =>
        time.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture);
}
