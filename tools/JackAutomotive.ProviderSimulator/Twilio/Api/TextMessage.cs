using JackAutomotive.ProviderSimulator.Scenarios;

namespace JackAutomotive.ProviderSimulator.Twilio.Api;

/// <summary>A text that the account has accepted.</summary>
/// <param name="Sid"><c>SM</c> (text) or <c>MM</c> (with media) and 32 hexadecimal digits.</param>
/// <param name="To">The customer's address: a number in E.164, with a channel's prefix if there is one.</param>
/// <param name="From">The dealership's address; null until a messaging service has chosen it.</param>
/// <param name="MessagingServiceSid">The messaging service; null without one.</param>
/// <param name="Body">The words; may be empty if there are media.</param>
/// <param name="MediaUrls">The addresses of the media, at most ten.</param>
/// <param name="StatusCallback">The address of the status callbacks; null posts none.</param>
/// <param name="CreatedAt">When the account accepted the text.</param>
internal sealed record TextMessage(
    string Sid, string To, string? From, string? MessagingServiceSid, string Body, IReadOnlyList<string> MediaUrls, string? StatusCallback,
    DateTimeOffset CreatedAt)
{
    /// <summary>A text to a messaging service is accepted first and queued when the service has chosen a number.</summary>
    public string Status { get; init; } = MessagingServiceSid is null ? "queued" : "accepted";

    public int? ErrorCode { get; init; }

    public DateTimeOffset UpdatedAt { get; init; } = CreatedAt;

    /// <summary>When the text left the account; null before.</summary>
    public DateTimeOffset? SentAt { get; init; }

    /// <summary>Every status with its time, the first one included.</summary>
    public IReadOnlyList<StatusChange> History { get; init; } = [new(MessagingServiceSid is null ? "queued" : "accepted", CreatedAt)];

    /// <summary>Creates an id in Twilio's form.</summary>
    public static string NewSid(bool hasMedia) => (hasMedia ? "MM" : "SM") + Random.Shared.Hex(32);

    /// <summary>Returns the text with another status.</summary>
    public TextMessage With(string status, DateTimeOffset at, string number, int? errorCode) => this with
    {
        Status = status,
        From = From ?? number,
        UpdatedAt = at,
        SentAt = status is "sent" or "delivered" or "undelivered" ? SentAt ?? at : SentAt,
        ErrorCode = errorCode,
        History = [.. History, new StatusChange(status, at)],
    };

    /// <summary>Returns the text as Twilio's API shows it.</summary>
    public MessageAnswer Answer(string accountSid)
    {
        var uri = $"/2010-04-01/Accounts/{accountSid}/Messages/{Sid}";
        return new MessageAnswer(
            Body, TwilioJson.FormatNumber(TextSegments.Count(Body)), "outbound-api", From, To, TwilioJson.FormatTime(UpdatedAt), null,
            ErrorCode is null ? null : "The message was not delivered.", $"{uri}.json", accountSid,
            TwilioJson.FormatNumber(MediaUrls.Count), Status, MessagingServiceSid, Sid, TwilioJson.FormatTime(SentAt),
            TwilioJson.FormatTime(CreatedAt), ErrorCode, "USD", "2010-04-01",
            new Dictionary<string, string> { ["media"] = $"{uri}/Media.json" });
    }
}

/// <summary>A status and when it began.</summary>
internal sealed record StatusChange(string Status, DateTimeOffset At);

/// <summary>A message in Twilio's API. Numbers of segments and media are strings.</summary>
internal sealed record MessageAnswer(
    string Body, string NumSegments, string Direction, string? From, string To, string DateUpdated, string? Price, string? ErrorMessage,
    string Uri, string AccountSid, string NumMedia, string Status, string? MessagingServiceSid, string Sid, string? DateSent,
    string DateCreated, int? ErrorCode, string PriceUnit, string ApiVersion, IReadOnlyDictionary<string, string> SubresourceUris);
