using JackAutomotive.ProviderSimulator.Twilio.Api;

namespace JackAutomotive.ProviderSimulator.Twilio;

/// <summary>Creates Twilio's callbacks for a text from the dealership to a customer.</summary>
internal static class SentText
{
    private static readonly string[] s_statuses = ["queued", "sending", "sent", "delivered"];

    /// <summary>Returns the callbacks of a text that is delivered, in order.</summary>
    /// <param name="sid"><c>SM</c> and 32 hexadecimal digits.</param>
    /// <param name="customer">The customer's number, in E.164.</param>
    /// <param name="dealership">The dealership's number, in E.164.</param>
    public static IEnumerable<TwilioCallback> Callbacks(string sid, string customer, string dealership) =>
        s_statuses.Select(status =>
            new TwilioCallback("api/webhooks/twilio/sms/status", "text status", sid, customer,
            [
                new("SmsSid", sid),
                new("SmsStatus", status),
                new("MessageStatus", status),
                new("To", customer),
                new("MessageSid", sid),
                new("From", dealership),
            ]));

    /// <summary>Returns one callback of a text that the API has accepted.</summary>
    /// <param name="text">The text.</param>
    /// <param name="dealership">The dealership's number, in E.164.</param>
    /// <param name="callback">The address of the callback.</param>
    /// <param name="status">The new status.</param>
    /// <param name="errorCode">Twilio's code if the text was not delivered; null otherwise.</param>
    public static TwilioCallback Callback(TextMessage text, string dealership, string callback, string status, int? errorCode)
    {
        var parameters = new List<KeyValuePair<string, string>>
        {
            new("SmsSid", text.Sid),
            new("SmsStatus", status),
            new("MessageStatus", status),
            new("To", text.To),
            new("MessageSid", text.Sid),
            new("From", text.From ?? dealership),
        };
        if (text.MessagingServiceSid is { } service)
        {
            parameters.Add(new("MessagingServiceSid", service));
        }

        if (errorCode is { } code)
        {
            parameters.Add(new("ErrorCode", TwilioJson.FormatNumber(code)));
        }

        return new TwilioCallback(callback, "text status", text.Sid, text.To, parameters);
    }
}
