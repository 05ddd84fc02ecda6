using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Twilio.Api;

/// <summary>What Twilio's API tells about the account, its texts, its calls and its recordings.</summary>
internal static class Lookups
{
    /// <summary>GET /2010-04-01/Accounts/{accountSid}.json</summary>
    internal static IResult Account(IOptions<TwilioOptions> twilio) => TypedResults.Json(
        new AccountAnswer(
            twilio.Value.AccountSid, "Simulated account", "active", "Full", $"/2010-04-01/Accounts/{twilio.Value.AccountSid}.json"),
        TwilioJson.Options);

    /// <summary>GET /2010-04-01/Accounts/{accountSid}/Messages.json</summary>
    internal static IResult Messages(HttpRequest request, TwilioAccount account, IOptions<TwilioOptions> twilio)
    {
        var (to, from, sent) = (request.Query["To"], request.Query["From"], TimeFilter.Read(request.Query, "DateSent"));
        var texts = account.Texts.Newest(text =>
            (to.Count == 0 || text.To == to) && (from.Count == 0 || text.From == from) && sent.Allows(text.SentAt));
        return TwilioPage.Create(request, "messages", texts, text => text.Sid, text => text.Answer(twilio.Value.AccountSid));
    }

    /// <summary>GET /2010-04-01/Accounts/{accountSid}/Messages/{sid}.json</summary>
    internal static IResult Message(string sid, HttpRequest request, TwilioAccount account, IOptions<TwilioOptions> twilio) =>
        account.Texts.Find(sid) is { } text
            ? TypedResults.Json(text.Answer(twilio.Value.AccountSid), TwilioJson.Options)
            : TwilioErrors.NotFound(request);

    /// <summary>GET /2010-04-01/Accounts/{accountSid}/Calls.json</summary>
    internal static IResult Calls(HttpRequest request, TwilioAccount account, IOptions<TwilioOptions> twilio)
    {
        var (to, from, status) = (request.Query["To"], request.Query["From"], request.Query["Status"]);
        var (started, ended) = (TimeFilter.Read(request.Query, "StartTime"), TimeFilter.Read(request.Query, "EndTime"));
        var calls = account.Calls.Newest(call =>
            (to.Count == 0 || call.To == to) && (from.Count == 0 || call.From == from) && (status.Count == 0 || call.Status == status)
            && started.Allows(call.StartedAt) && ended.Allows(call.EndedAt));
        return TwilioPage.Create(request, "calls", calls, call => call.Sid, call => call.Answer(twilio.Value.AccountSid));
    }

    /// <summary>GET /2010-04-01/Accounts/{accountSid}/Calls/{sid}.json</summary>
    internal static IResult Call(string sid, HttpRequest request, TwilioAccount account, IOptions<TwilioOptions> twilio) =>
        account.Calls.Find(sid) is { } call
            ? TypedResults.Json(call.Answer(twilio.Value.AccountSid), TwilioJson.Options)
            : TwilioErrors.NotFound(request);

    /// <summary>GET /2010-04-01/Accounts/{accountSid}/Calls/{sid}/Recordings.json</summary>
    internal static IResult CallRecordings(string sid, HttpRequest request, TwilioAccount account, IOptions<TwilioOptions> twilio) =>
        account.Calls.Find(sid) is null
            ? TwilioErrors.NotFound(request)
            : TwilioPage.Create(
                request, "recordings", account.Recordings.Newest(recording => recording.CallSid == sid), recording => recording.Sid,
                recording => recording.Answer(twilio.Value.AccountSid));

    private sealed record AccountAnswer(string Sid, string FriendlyName, string Status, string Type, string Uri);
}
