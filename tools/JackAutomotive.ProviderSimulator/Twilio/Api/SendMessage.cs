using System.Text;
using System.Text.RegularExpressions;
using JackAutomotive.ProviderSimulator.Apis;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Twilio.Api;

/// <summary>Accepts a text and plays its delivery.</summary>
internal sealed partial class SendMessage(
    TwilioAccount account, Customers customers, Ledger ledger, StoryPlayer player, TwilioWebhooks webhooks, IOptions<TwilioOptions> twilio,
    IOptions<ApiOptions> apis, TimeProvider time)
{
    private const int MaxMedia = 10;
    private const int MaxBody = 1600;

    private string Number => twilio.Value.PhoneNumber;

    /// <summary>POST /2010-04-01/Accounts/{accountSid}/Messages.json</summary>
    internal static async Task<IResult> Handle(HttpContext context, SendMessage messages, CancellationToken cancellationToken) =>
        await messages.SendAsync(context, await TwilioRequest.ReadFormAsync(context.Request, cancellationToken));

    private async Task<IResult> SendAsync(HttpContext context, IFormCollection form)
    {
        if (FindError(form) is { } error)
        {
            return error;
        }

        string[] media = [.. form["MediaUrl"].OfType<string>()];
        var (body, service) = (form["Body"].ToString(), form["MessagingServiceSid"].ToString());
        var text = new TextMessage(
            TextMessage.NewSid(media.Length > 0), form["To"].ToString(), form["From"].ToString() is { Length: > 0 } from ? from : null,
            service.Length > 0 ? service : null, body, media,
            form["StatusCallback"].ToString() is { Length: > 0 } callback ? callback : null, time.GetUtcNow());
        account.Texts.Add(text);
        ledger.Record("twilio", "text", text.Sid, text.To, text.From, Encoding.UTF8.GetBytes(string.Join('\n', [body, .. media])));
        await player.PlayAsync(context, [.. Deliver(text, customers.Find(text.To))]);
        return TypedResults.Json(text.Answer(twilio.Value.AccountSid), TwilioJson.Options, statusCode: StatusCodes.Status201Created);
    }

    private IResult? FindError(IFormCollection form)
    {
        var (to, from, service) = (form["To"].ToString(), form["From"].ToString(), form["MessagingServiceSid"].ToString());
        var (body, media, callback) = (form["Body"].ToString(), form["MediaUrl"], form["StatusCallback"].ToString());
        if (to.Length == 0)
        {
            return TwilioErrors.Create(21604, "A 'To' phone number is required.");
        }

        if (!Address().IsMatch(to))
        {
            return TwilioErrors.Create(21211, $"Invalid 'To' Phone Number: {PhoneNumbers.Mask(to)}");
        }

        if (from.Length == 0 && service.Length == 0)
        {
            return TwilioErrors.Create(21603, "A 'From' phone number is required.");
        }

        if (service.Length > 0 && !twilio.Value.IsOurMessagingService(service))
        {
            return TwilioErrors.Create(21701, "The Messaging Service does not exist");
        }

        if (from.Length > 0 && !Address().IsMatch(from))
        {
            return TwilioErrors.Create(21212, $"The 'From' number {from} is not a valid phone number, shortcode, or alphanumeric sender ID.");
        }

        if (from.Length > 0 && from[(from.IndexOf(':', StringComparison.Ordinal) + 1)..] != Number)
        {
            return TwilioErrors.Create(
                21606, $"The 'From' phone number provided ({from}) is not a valid message-capable Twilio phone number for this destination.");
        }

        if (to == from)
        {
            return TwilioErrors.Create(21266, "'To' and 'From' number cannot be the same");
        }

        if (body.Length == 0 && media.Count == 0 && form["ContentSid"].Count == 0)
        {
            return TwilioErrors.Create(21602, "Message body is required.");
        }

        if (body.Length > MaxBody)
        {
            return TwilioErrors.Create(21617, "The concatenated message body exceeds the 1600 character limit.");
        }

        if (media.Count > MaxMedia)
        {
            return TwilioErrors.Create(21623, "Number of media files exceeds allowed limit.");
        }

        if (media.Any(url => !TwilioRequest.IsAddress(url)))
        {
            return TwilioErrors.Create(21620, "Invalid media URL(s)");
        }

        if (callback.Length > 0 && !TwilioRequest.IsCallbackAddress(callback))
        {
            return TwilioErrors.Create(21609, $"The 'StatusCallback' URL {callback} is not a valid URL.");
        }

        return TwilioErrors.RejectText(customers.Find(to), to);
    }

    private IEnumerable<Scene> Deliver(TextMessage text, Customer customer)
    {
        string[] statuses = customer.Texts switch
        {
            "failed" => ["failed"],
            "undelivered" => ["sending", "sent", "undelivered"],
            "sent" => ["sending", "sent"],
            _ => ["sending", "sent", "delivered"],
        };

        // Twilio reports no initial status. With a messaging service the initial status is accepted, and queued follows.
        if (text.MessagingServiceSid is not null)
        {
            statuses = ["queued", .. statuses];
        }

        for (var i = 0; i < statuses.Length; i++)
        {
            var status = statuses[i];
            int? errorCode = status is "failed" or "undelivered" ? customer.ErrorCode ?? 30008 : null;
            var at = TimeSpan.FromSeconds(apis.Value.TextSeconds * (i + 1) / statuses.Length);
            var webhook = text.StatusCallback is { } callback
                ? webhooks.Of(SentText.Callback(text, Number, callback, status, errorCode), Guid.NewGuid())
                : null;
            yield return new Scene(at, webhook)
            {
                Happens = () => account.Texts.Change(text.Sid, sent => sent.With(status, time.GetUtcNow(), Number, errorCode)),
            };
        }
    }

    [GeneratedRegex($"^((whatsapp|messenger|rcs):)?{PhoneNumbers.Pattern}$")]
    private static partial Regex Address();
}
