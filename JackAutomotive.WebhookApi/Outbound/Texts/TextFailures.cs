using System.Collections.Frozen;

namespace JackAutomotive.WebhookApi.Outbound.Texts;

/// <summary>Classifies failures of texts by Twilio's error codes, from callbacks and from the sends themselves. Pure.</summary>
internal static class TextFailures
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    private static readonly FrozenDictionary<string, TextFailure> s_failures = new[]
    {
        Retry("429", "Twilio gets too many requests from us", s_minute, 5),
        Retry("20429", "Twilio gets too many requests from us", s_minute, 5),
        Retry("21611", "the queue of our number at Twilio is full", s_hour, 3),
        Retry("30001", "the queue of our number at Twilio is full", s_hour, 3),
        Retry("30003", "the phone was switched off or out of reach", 4 * s_hour, 1),
        Retry("30008", "the carrier gave no reason", s_hour, 1),
        Retry("30017", "the carrier's network was congested", s_hour, 3),
        Retry("30022", "we sent faster than our registration with the carriers allows", s_hour, 3),
        Retry("30023", "we have reached the daily limit of our registration with the carriers", 24 * s_hour, 2),
        Retry("30410", "the provider behind Twilio did not answer in time", s_hour, 1),
        Retry("30500", "Twilio or the provider behind it had an internal error", s_hour, 1),

        Alert("401", "Twilio refuses our credentials"),
        Alert("20003", "Twilio refuses our credentials"),
        Alert("20005", "the Twilio account is not active"),
        Alert("21606", "our sender is not a number of the Twilio account that can send texts"),
        Alert("21603", "our sender is missing"),
        Alert("21212", "our sender is not a valid number"),
        Alert("21659", "our sender is not a number of the Twilio account"),
        Alert("21660", "our sender belongs to another Twilio account"),
        Alert("21703", "the messaging service has no sender"),
        Alert("21705", "the messaging service does not exist"),
        Alert("21408", "sending to this country is switched off in the Twilio account"),
        Alert("30002", "the Twilio account is suspended"),
        Alert("30004", "the carrier or the recipient blocks our texts"),
        Alert("30007", "the carrier filtered the text as unwanted; change its words"),
        Alert("30032", "our toll-free number is not verified"),
        Alert("30034", "our number is not registered for texts to US numbers (A2P 10DLC)"),
        Alert("30038", "the one-time password in the text is not allowed"),

        Bad("21211", "the number is not valid"),
        Bad("21217", "the number is not valid"),
        Bad("21265", "the number is a short code"),
        Bad("30005", "the number does not exist or is no longer in use"),
        Call("21614", "the number is not a mobile number"),
        Call("30006", "the number is a landline or its carrier gets no texts"),

        new TextFailure("21610", TextFailureClass.OptedOut, "The person has opted out at the carrier."),

        Never("21602", "the text has no words"),
        Never("21604", "the text has no recipient"),
        Never("21608", "a trial account sends only to verified numbers"),
        Never("21612", "Twilio has no route from our sender to this number"),
        Never("21617", "the text is too long"),
        Never("21620", "an address of the media is not valid"),
        Never("21623", "there are too many media"),
        Never("30009", "a part of the text was lost on the way"),
        Never("30010", "the text would cost more than the price limit"),
        Never("30011", "the recipient's carrier does not take media"),
        Never("30019", "the media is too large for the carrier"),
        Never("30036", "the text was not delivered before it expired"),
    }.ToFrozenDictionary(failure => failure.Code!, StringComparer.Ordinal);

    /// <summary>
    /// Finds what follows from an error code. An unknown code is never tried again: Twilio splits its codes now and then, and a text too few is
    /// better than a text twice.
    /// </summary>
    public static TextFailure Find(string? code) => code is null
        ? new TextFailure(null, TextFailureClass.Never, "The text failed, and Twilio gave no reason.")
        : s_failures.GetValueOrDefault(code) ?? new TextFailure(code, TextFailureClass.Never, $"The text failed with Twilio's error {code}.");

    private static TextFailure Retry(string code, string reason, TimeSpan after, int times) =>
        new(code, TextFailureClass.RetryLater, Sentence(reason), after, times);

    private static TextFailure Alert(string code, string reason) => new(code, TextFailureClass.Alert, Sentence(reason));

    private static TextFailure Bad(string code, string reason) => new(code, TextFailureClass.BadNumber, Sentence(reason));

    private static TextFailure Call(string code, string reason) => new(code, TextFailureClass.CallInstead, Sentence(reason));

    private static TextFailure Never(string code, string reason) => new(code, TextFailureClass.Never, Sentence(reason));

    private static string Sentence(string reason) => $"{char.ToUpperInvariant(reason[0])}{reason[1..]}.";
}
