using System.Text;
using System.Text.RegularExpressions;
using JackAutomotive.ProviderSimulator.Apis;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Twilio.Api;

/// <summary>Accepts a call and plays it.</summary>
internal sealed partial class StartCall(
    TwilioAccount account, Customers customers, Ledger ledger, StoryPlayer player, TwilioWebhooks webhooks, IOptions<TwilioOptions> twilio,
    IOptions<ApiOptions> apis, TimeProvider time)
{
    /// <summary>POST /2010-04-01/Accounts/{accountSid}/Calls.json</summary>
    internal static async Task<IResult> Handle(HttpContext context, StartCall calls, CancellationToken cancellationToken) =>
        await calls.StartAsync(context, await TwilioRequest.ReadFormAsync(context.Request, cancellationToken));

    private async Task<IResult> StartAsync(HttpContext context, IFormCollection form)
    {
        if (FindError(form) is { } error)
        {
            return error;
        }

        var call = new PhoneCall("CA" + Random.Shared.Hex(32), form["To"].ToString(), form["From"].ToString(), time.GetUtcNow());
        account.Calls.Add(call);
        var body = string.Join('&', form.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => $"{field.Key}={field.Value}"));
        ledger.Record("twilio", "call", call.Sid, call.To, call.From, Encoding.UTF8.GetBytes(body));
        await player.PlayAsync(context, [.. Ring(call, form)]);
        return TypedResults.Json(call.Answer(twilio.Value.AccountSid), TwilioJson.Options, statusCode: StatusCodes.Status201Created);
    }

    private IResult? FindError(IFormCollection form)
    {
        var (to, from, callback) = (form["To"].ToString(), form["From"].ToString(), form["StatusCallback"].ToString());
        if (to.Length == 0)
        {
            return TwilioErrors.Create(21201, "No 'To' number is specified");
        }

        if (from.Length == 0)
        {
            return TwilioErrors.Create(21213, "No 'From' number is specified");
        }

        if (!Number().IsMatch(to))
        {
            return TwilioErrors.Create(21211, $"The phone number you are attempting to call, {PhoneNumbers.Mask(to)}, is not valid.");
        }

        if (from != twilio.Value.PhoneNumber)
        {
            return TwilioErrors.Create(21210, $"The source phone number provided, {from}, is not yet verified for your account.");
        }

        if (form["Url"].Count == 0 && form["Twiml"].Count == 0 && form["ApplicationSid"].Count == 0)
        {
            return TwilioErrors.Create(21205, "Url parameter is required.");
        }

        if (form["Url"].Any(url => !TwilioRequest.IsAddress(url)))
        {
            return TwilioErrors.Create(21205, "Url is not a valid URL.");
        }

        if (callback.Length > 0 && !TwilioRequest.IsCallbackAddress(callback))
        {
            return TwilioErrors.Create(21609, $"The 'StatusCallback' URL {callback} is not a valid URL.");
        }

        return customers.Find(to).Calls == "rejected"
            ? TwilioErrors.Create(21214, "'To' phone number cannot be reached")
            : null;
    }

    private IEnumerable<Scene> Ring(PhoneCall call, IFormCollection form)
    {
        var customer = customers.Find(call.To);
        var detectsMachines = form["MachineDetection"].Count > 0;
        var telephone = TelephoneCall.FromNow(call.Sid, call.To, call.From, customer.Calls, call.CreatedAt, apis.Value);
        foreach (var (at, reported) in telephone.Timetable(Random.Shared, apis.Value.Talk))
        {
            // Without machine detection, Twilio does not know who has answered.
            var callback = detectsMachines ? reported : reported.Without("AnsweredBy");
            if (callback.Kind != "recording" || form["Record"] == "true")
            {
                yield return new Scene(at, Report(callback, form))
                {
                    Happens = () => account.Apply(callback, call.Sid, time.GetUtcNow()),
                };
            }

            if (detectsMachines && form["AsyncAmdStatusCallback"].ToString() is { Length: > 0 } asynchronous
                && reported.Find("AnsweredBy") is { } answeredBy)
            {
                yield return new Scene(at, webhooks.Of(
                    new TwilioCallback(asynchronous, "call status", call.Sid, call.To,
                    [
                        new("CallSid", call.Sid), new("AnsweredBy", answeredBy), new("MachineDetectionDuration", "1500"),
                    ]),
                    Guid.NewGuid()));
            }
        }
    }

    private Webhook? Report(TwilioCallback callback, IFormCollection form)
    {
        var isRecording = callback.Kind == "recording";
        var address = form[isRecording ? "RecordingStatusCallback" : "StatusCallback"].ToString();
        var wanted = form[isRecording ? "RecordingStatusCallbackEvent" : "StatusCallbackEvent"]
            .SelectMany(value => (value ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)).DefaultIfEmpty("completed");
        var happened = callback.Find("RecordingStatus") ?? callback.Find("CallStatus") switch
        {
            "in-progress" => "answered",
            "initiated" => "initiated",
            "ringing" => "ringing",
            _ => "completed",
        };
        return address.Length > 0 && wanted.Contains(happened) ? webhooks.Of(callback with { Path = address }, Guid.NewGuid()) : null;
    }

    [GeneratedRegex($"^{PhoneNumbers.Pattern}$")]
    private static partial Regex Number();
}
