namespace JackAutomotive.ProviderSimulator.Apis;

/// <summary>A fault that is switched on.</summary>
/// <param name="Id">The fault's id, with which it is switched off.</param>
/// <param name="Kind">What goes wrong.</param>
/// <param name="Provider"><c>twilio</c> or <c>elevenlabs</c>; null concerns both.</param>
/// <param name="Requests">The requests that the fault concerns: <c>sends</c> (POST), <c>lookups</c> (GET) or <c>all</c>.</param>
/// <param name="Probability">The probability with which the fault hits a request, above 0 and at most 1.</param>
/// <param name="Count">Number of requests that the fault hits before it ends; null means no end.</param>
/// <param name="Milliseconds">The delay of <see cref="ApiFaultKind.Latency"/> and <see cref="ApiFaultKind.LateAnswer"/>.</param>
/// <param name="RetryAfter">The header <c>Retry-After</c> of a 429, in seconds; null sends none.</param>
/// <param name="Status">The status of an error, 500 to 599.</param>
/// <param name="Copies">Number of copies of each webhook with <see cref="ApiFaultKind.DuplicateCallbacks"/>.</param>
/// <param name="Applied">Number of requests that the fault has hit.</param>
internal sealed record ApiFault(
    string Id, ApiFaultKind Kind, string? Provider, string Requests, double Probability, int? Count, int Milliseconds, int? RetryAfter,
    int Status, int Copies, int Applied = 0)
{
    /// <summary>Returns whether the fault can hit a request.</summary>
    public bool Concerns(string provider, bool isSend) =>
        (Provider is null || Provider == provider)
        && (Requests == "all" || Requests == (isSend ? "sends" : "lookups"))
        && (Count is null || Applied < Count);
}
