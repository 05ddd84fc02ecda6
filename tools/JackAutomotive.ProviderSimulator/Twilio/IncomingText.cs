using System.Globalization;
using JackAutomotive.ProviderSimulator.Scenarios;

namespace JackAutomotive.ProviderSimulator.Twilio;

/// <summary>One text or picture message from a customer, as Twilio's webhook for incoming messages reports it.</summary>
/// <param name="MessageSid"><c>SM</c> (text) or <c>MM</c> (with media) and 32 hexadecimal digits.</param>
/// <param name="From">The customer's number, in E.164.</param>
/// <param name="To">The dealership's number, in E.164.</param>
/// <param name="Body">0 to 1,600 characters.</param>
/// <param name="MediaIds">The ids of the pictures, at most ten.</param>
internal sealed record IncomingText(string MessageSid, string From, string To, string Body, IReadOnlyList<string> MediaIds)
{
    /// <summary>Creates a message whose ids come from <paramref name="random"/>.</summary>
    public static IncomingText Create(Random random, string from, string to, string body, int media)
    {
        var sid = (media > 0 ? "MM" : "SM") + random.Hex(32);
        return new IncomingText(sid, from, to, body, [.. Enumerable.Range(0, media).Select(_ => "ME" + random.Hex(32))]);
    }

    /// <summary>Returns the webhook's parameters, including empty ones, because Twilio sends and signs empty parameters too.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ToParameters(string accountSid)
    {
        var from = Place.OfNumber(From);
        var to = Place.OfNumber(To);
        var parameters = new List<KeyValuePair<string, string>>
        {
            new("ToCountry", Country(To)),
            new("ToState", to?.State ?? ""),
            new("SmsMessageSid", MessageSid),
            new("NumMedia", MediaIds.Count.ToString(CultureInfo.InvariantCulture)),
            new("ToCity", to?.City.ToUpperInvariant() ?? ""),
            new("FromZip", from?.Zip ?? ""),
            new("SmsSid", MessageSid),
            new("FromState", from?.State ?? ""),
            new("SmsStatus", "received"),
            new("FromCity", from?.City.ToUpperInvariant() ?? ""),
            new("Body", Body),
            new("FromCountry", Country(From)),
            new("To", To),
            new("MessagingServiceSid", ""),
            new("ToZip", to?.Zip ?? ""),
            new("NumSegments", TextSegments.Count(Body).ToString(CultureInfo.InvariantCulture)),
            new("MessageSid", MessageSid),
            new("AccountSid", accountSid),
            new("From", From),
            new("ApiVersion", "2010-04-01"),
        };

        for (var i = 0; i < MediaIds.Count; i++)
        {
            var url = $"https://api.twilio.com/2010-04-01/Accounts/{accountSid}/Messages/{MessageSid}/Media/{MediaIds[i]}";
            parameters.Add(new(string.Create(CultureInfo.InvariantCulture, $"MediaContentType{i}"), "image/jpeg"));
            parameters.Add(new(string.Create(CultureInfo.InvariantCulture, $"MediaUrl{i}"), url));
        }

        return parameters;
    }

    private static string Country(string number) => number.StartsWith("+1", StringComparison.Ordinal) ? "US" : "";
}
