using System.Globalization;

namespace JackAutomotive.WebhookApi.Calls;

/// <summary>
/// Derives the result of a telephone call from its status, the result of answering machine detection and the SIP response. Twilio's status
/// <c>completed</c> only says that something answered, and <c>failed</c> stands for anything from a wrong number to an outage.
/// </summary>
internal static class CallResults
{
    private const string UnknownAnswerer = "unknown";

    /// <summary>Returns the result of a call; null while it has none.</summary>
    /// <param name="status">Twilio's word for the status of the call.</param>
    /// <param name="answeredBy">Twilio's word for who answered.</param>
    /// <param name="sipResponseCode">The SIP response code.</param>
    public static CallResult? Of(string? status, string? answeredBy, string? sipResponseCode) => status switch
    {
        "in-progress" when FindAnswerer(answeredBy) is { } answerer => new(answerer, CallResult.Describe(answerer), null),
        "completed" when (FindAnswerer(answeredBy) ?? CallOutcome.Answered) is var answerer =>
            new(answerer, CallResult.Describe(answerer), CallMechanism.HungUp),
        "busy" => FromSip(sipResponseCode, CallOutcome.Busy, CallMechanism.BusySignal),
        "no-answer" => FromSip(sipResponseCode, CallOutcome.NoAnswer, CallMechanism.RingTimeout),
        "canceled" => new(CallOutcome.Canceled, CallResult.Describe(CallOutcome.Canceled), CallMechanism.Canceled),
        "failed" => FromSip(sipResponseCode, CallOutcome.Failed, CallMechanism.Error),
        _ => null,
    };

    /// <summary>Returns whether Twilio could tell who answered.</summary>
    public static bool IsDefinite(string? answeredBy) => FindAnswerer(answeredBy) is not null;

    /// <summary>Returns who answered, from a word of answering machine detection; null if the word does not show it.</summary>
    public static CallOutcome? FindAnswerer(string? answeredBy) => answeredBy switch
    {
        "human" => CallOutcome.Person,
        "fax" => CallOutcome.Fax,
        _ when answeredBy?.StartsWith("machine", StringComparison.Ordinal) == true => CallOutcome.Voicemail,
        _ => null,
    };

    /// <summary>Returns the more precise of two words of answering machine detection, in whichever order they are given.</summary>
    public static string? ChooseAnswerer(string? one, string? other) =>
        one is null || other is null ? one ?? other
        : PrecisionOf(one) != PrecisionOf(other) ? PrecisionOf(one) > PrecisionOf(other) ? one : other
        : string.CompareOrdinal(one, other) > 0 ? one : other;

    private static int PrecisionOf(string answeredBy) => answeredBy switch
    {
        UnknownAnswerer => 0,
        "machine_start" => 2,
        _ when answeredBy.StartsWith("machine", StringComparison.Ordinal) => 3,
        _ => 1,
    };

    private static CallResult FromSip(string? code, CallOutcome usualOutcome, CallMechanism usualMechanism)
    {
        if (!int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 100 or > 699)
        {
            return new CallResult(usualOutcome, CallResult.Describe(usualOutcome), usualMechanism);
        }

        var (phrase, outcome) = number switch
        {
            401 => ("Unauthorized", CallOutcome.Blocked),
            403 => ("Forbidden", CallOutcome.Blocked),
            404 => ("Not Found", CallOutcome.InvalidNumber),
            407 => ("Proxy Authentication Required", CallOutcome.Blocked),
            408 => ("Request Timeout", usualOutcome == CallOutcome.Failed ? CallOutcome.Unreachable : usualOutcome),
            410 => ("Gone", CallOutcome.InvalidNumber),
            480 => ("Temporarily Unavailable", usualOutcome == CallOutcome.NoAnswer ? CallOutcome.NoAnswer : CallOutcome.Unreachable),
            484 => ("Address Incomplete", CallOutcome.InvalidNumber),
            486 => ("Busy Here", CallOutcome.Busy),
            487 => ("Request Terminated", usualOutcome == CallOutcome.Failed ? CallOutcome.NoAnswer : usualOutcome),
            500 => ("Server Internal Error", usualOutcome),
            502 => ("Bad Gateway", usualOutcome),
            503 => ("Service Unavailable", usualOutcome),
            504 => ("Server Time-out", usualOutcome),
            600 => ("Busy Everywhere", CallOutcome.Busy),
            603 => ("Decline", CallOutcome.Declined),
            604 => ("Does Not Exist Anywhere", CallOutcome.InvalidNumber),
            607 => ("Unwanted", CallOutcome.Blocked),
            608 => ("Rejected", CallOutcome.Blocked),
            _ => (null, usualOutcome),
        };
        var response = phrase is null ? $"SIP {number}" : $"SIP {number} {phrase}";
        return new CallResult(outcome, $"{CallResult.Describe(outcome).TrimEnd('.')} ({response}).", ChooseMechanism(outcome, usualMechanism));
    }

    private static CallMechanism ChooseMechanism(CallOutcome outcome, CallMechanism usualMechanism) => outcome switch
    {
        CallOutcome.Busy => CallMechanism.BusySignal,
        CallOutcome.NoAnswer => CallMechanism.RingTimeout,
        CallOutcome.Declined or CallOutcome.Blocked or CallOutcome.InvalidNumber => CallMechanism.Rejected,
        _ => usualMechanism,
    };
}
