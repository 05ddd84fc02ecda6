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
}
