namespace JackAutomotive.Tests.Drivers;

/// <summary>Builds Twilio's status callbacks for texts that we sent.</summary>
internal sealed class SmsStatusDriver(IncomingSmsDriver twilio)
{
    public const string Path = "/api/webhooks/twilio/sms/status";

    public SignedRequest Status(string sid, string status, string? to = null, int? error = null) => twilio.Fields(
    [
        ("MessageSid", sid), ("SmsSid", sid), ("MessageStatus", status), ("SmsStatus", status),
        ("From", IncomingSmsDriver.OurNumber), ("To", to ?? IncomingSmsDriver.NewNumber()), ("ApiVersion", "2010-04-01"),
        .. error is null ? [] : new[] { ("ErrorCode", $"{error}"), ("ErrorMessage", "Unreachable destination handset") },
    ], Path);

    public SignedRequest Fields(params (string Name, string Value)[] fields) => twilio.Fields(fields, Path);
}
