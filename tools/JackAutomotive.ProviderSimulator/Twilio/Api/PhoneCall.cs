using System.Globalization;

namespace JackAutomotive.ProviderSimulator.Twilio.Api;

/// <summary>A call of the account.</summary>
/// <param name="Sid"><c>CA</c> and 32 hexadecimal digits.</param>
/// <param name="To">The called number, in E.164.</param>
/// <param name="From">The calling number, in E.164.</param>
/// <param name="CreatedAt">When the account accepted or received the call.</param>
internal sealed record PhoneCall(string Sid, string To, string From, DateTimeOffset CreatedAt)
{
    /// <summary><c>outbound-api</c> or <c>inbound</c>.</summary>
    public string Direction { get; init; } = "outbound-api";

    public string Status { get; init; } = "queued";

    public DateTimeOffset UpdatedAt { get; init; } = CreatedAt;

    public DateTimeOffset StartedAt { get; init; } = CreatedAt;

    public DateTimeOffset? EndedAt { get; init; }

    public int? DurationSeconds { get; init; }

    public string? AnsweredBy { get; init; }

    public IReadOnlyList<StatusChange> History { get; init; } = [new("queued", CreatedAt)];

    /// <summary>
    /// Returns the call as it is after a status callback. The status <c>initiated</c> exists in callbacks only, and the call is then queued.
    /// </summary>
    public PhoneCall After(TwilioCallback callback, DateTimeOffset at)
    {
        var fields = callback.Parameters.ToDictionary();
        if (!fields.TryGetValue("CallStatus", out var status) || status == "initiated")
        {
            return this;
        }

        var isOver = status is not ("ringing" or "in-progress");
        return this with
        {
            Status = status,
            UpdatedAt = at,
            EndedAt = isOver ? at : null,
            DurationSeconds = fields.TryGetValue("CallDuration", out var seconds)
                ? int.Parse(seconds, CultureInfo.InvariantCulture)
                : DurationSeconds,
            AnsweredBy = fields.GetValueOrDefault("AnsweredBy") ?? AnsweredBy,
            History = [.. History, new StatusChange(status, at)],
        };
    }

    /// <summary>Returns the call as Twilio's API shows it.</summary>
    public CallAnswer Answer(string accountSid)
    {
        var uri = $"/2010-04-01/Accounts/{accountSid}/Calls/{Sid}";
        return new CallAnswer(
            Sid, accountSid, null, null, "PN" + Sid[2..], null, null, To, From, Direction, Status, AnsweredBy,
            TwilioJson.FormatTime(CreatedAt), TwilioJson.FormatTime(UpdatedAt), TwilioJson.FormatTime(StartedAt),
            TwilioJson.FormatTime(EndedAt), DurationSeconds is { } seconds ? TwilioJson.FormatNumber(seconds) : null, null, "USD", "0",
            null, null, null, "2010-04-01", $"{uri}.json", new Dictionary<string, string> { ["recordings"] = $"{uri}/Recordings.json" });
    }
}

/// <summary>A call in Twilio's API. Durations are strings.</summary>
internal sealed record CallAnswer(
    string Sid, string AccountSid, string? ParentCallSid, string? GroupSid, string PhoneNumberSid, string? Annotation,
    string? ForwardedFrom, string To, string From, string Direction, string Status, string? AnsweredBy, string DateCreated,
    string DateUpdated, string? StartTime, string? EndTime, string? Duration, string? Price, string PriceUnit, string QueueTime,
    string? CallerName, string? TrunkSid, string? Reason, string ApiVersion, string Uri,
    IReadOnlyDictionary<string, string> SubresourceUris);

/// <summary>A recording of a call.</summary>
/// <param name="Sid"><c>RE</c> and 32 hexadecimal digits.</param>
/// <param name="CallSid">The call.</param>
/// <param name="StartedAt">When the recording began.</param>
internal sealed record CallRecording(string Sid, string CallSid, DateTimeOffset StartedAt)
{
    public string Status { get; init; } = "in-progress";

    public int? DurationSeconds { get; init; }

    /// <summary>Returns the recording as Twilio's API shows it.</summary>
    public RecordingAnswer Answer(string accountSid)
    {
        var uri = $"/2010-04-01/Accounts/{accountSid}/Recordings/{Sid}";
        var time = TwilioJson.FormatTime(StartedAt);
        return new RecordingAnswer(
            Sid, accountSid, CallSid, null, time, time, time, DurationSeconds is { } seconds ? TwilioJson.FormatNumber(seconds) : null, 2,
            "StartCallRecordingAPI", "both", Status, null, null, "USD", "2010-04-01", $"https://api.twilio.com{uri}", $"{uri}.json");
    }
}

/// <summary>A recording in Twilio's API.</summary>
internal sealed record RecordingAnswer(
    string Sid, string AccountSid, string CallSid, string? ConferenceSid, string DateCreated, string DateUpdated, string StartTime,
    string? Duration, int Channels, string Source, string Track, string Status, int? ErrorCode, string? Price, string PriceUnit,
    string ApiVersion, string MediaUrl, string Uri);
