using System.Globalization;
using Twilio.Base;
using Twilio.Types;

namespace Twilio.Rest.Api.V2010.Account;

/// <summary>A message to send. Needs a sender (<see cref="From"/> or <see cref="MessagingServiceSid"/>) and some content.</summary>
/// <param name="to">The recipient, E.164.</param>
public class CreateMessageOptions(PhoneNumber to)
{
    /// <summary>The recipient, E.164.</summary>
    public PhoneNumber To { get; } = to;

    /// <summary>The account to send from; the client's when null.</summary>
    public string? PathAccountSid { get; set; }

    /// <summary>The sending number.</summary>
    public PhoneNumber? From { get; set; }

    /// <summary>The Messaging Service that picks the sending number.</summary>
    public string? MessagingServiceSid { get; set; }

    /// <summary>The text, up to 1600 characters.</summary>
    public string? Body { get; set; }

    /// <summary>Pictures and the like, at most 10, 5 MB together.</summary>
    public List<Uri>? MediaUrl { get; set; } = [];

    /// <summary>A content template, in place of a body.</summary>
    public string? ContentSid { get; set; }

    /// <summary>Values of the template's variables, as JSON.</summary>
    public string? ContentVariables { get; set; }

    /// <summary>Where Twilio posts each change of status.</summary>
    public Uri? StatusCallback { get; set; }

    /// <summary>Seconds that the message may wait to be sent, 1 to 36000.</summary>
    public int? ValidityPeriod { get; set; }

    /// <summary>How many times the message has been sent by the sender's count.</summary>
    public int? Attempt { get; set; }

    /// <summary>Whether delivery will be confirmed by the sender.</summary>
    public bool? ProvideFeedback { get; set; }

    /// <summary>Whether typographic characters may be replaced by plain ones, which keeps messages in fewer segments.</summary>
    public bool? SmartEncoded { get; set; }

    internal IEnumerable<KeyValuePair<string, string>> Parameters()
    {
        (string Name, string? Value)[] parameters =
        [
            ("To", To.ToString()),
            ("StatusCallback", StatusCallback?.OriginalString),
            ("ProvideFeedback", Flag(ProvideFeedback)),
            ("Attempt", Attempt?.ToString(CultureInfo.InvariantCulture)),
            ("ValidityPeriod", ValidityPeriod?.ToString(CultureInfo.InvariantCulture)),
            ("SmartEncoded", Flag(SmartEncoded)),
            ("ContentVariables", ContentVariables),
            ("From", From?.ToString()),
            ("MessagingServiceSid", MessagingServiceSid),
            ("Body", Body),
            .. (MediaUrl ?? []).Select(url => ("MediaUrl", (string?)url.OriginalString)),
            ("ContentSid", ContentSid),
        ];
        return parameters.Where(p => p.Value is not null).Select(p => KeyValuePair.Create(p.Name, p.Value!));
    }

    private static string? Flag(bool? value) => value is null ? null : value.Value ? "true" : "false";
}

/// <summary>One message to look up.</summary>
/// <param name="pathSid">The message's SID.</param>
public class FetchMessageOptions(string pathSid)
{
    /// <summary>The message's SID.</summary>
    public string PathSid { get; } = pathSid;

    /// <summary>The account that has it; the client's when null.</summary>
    public string? PathAccountSid { get; set; }
}

/// <summary>Which messages to list. Twilio lists the newest first.</summary>
public class ReadMessageOptions : ReadOptions<MessageResource>
{
    /// <summary>The account that has them; the client's when null.</summary>
    public string? PathAccountSid { get; set; }

    /// <summary>Only messages to this number.</summary>
    public PhoneNumber? To { get; set; }

    /// <summary>Only messages from this number.</summary>
    public PhoneNumber? From { get; set; }

    /// <summary>Only messages sent on this day, UTC. The two limits below are then ignored.</summary>
    public DateTime? DateSent { get; set; }

    /// <summary>Only messages sent at or before this time, UTC.</summary>
    public DateTime? DateSentBefore { get; set; }

    /// <summary>Only messages sent at or after this time, UTC.</summary>
    public DateTime? DateSentAfter { get; set; }

    internal IEnumerable<KeyValuePair<string, string>> Parameters()
    {
        (string Name, string? Value)[] parameters =
        [
            ("To", To?.ToString()),
            ("From", From?.ToString()),
            ("DateSent", Time(DateSent)),
            ("DateSent<", DateSent is null ? Time(DateSentBefore) : null),
            ("DateSent>", DateSent is null ? Time(DateSentAfter) : null),
            ("PageSize", PageSize?.ToString(CultureInfo.InvariantCulture)),
        ];
        return parameters.Where(p => p.Value is not null).Select(p => KeyValuePair.Create(p.Name, p.Value!));
    }

    private static string? Time(DateTime? time) => time?.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
