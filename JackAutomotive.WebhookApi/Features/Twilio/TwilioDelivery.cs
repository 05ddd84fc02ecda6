using System.Text;
using System.Xml.Linq;
using JackAutomotive.WebhookApi.Messaging;
using Microsoft.AspNetCore.Http.HttpResults;
using Twilio.TwiML;

namespace JackAutomotive.WebhookApi.Features.Twilio;

/// <summary>What all of Twilio's webhooks have in common: how they are stored and answered.</summary>
internal static class TwilioDelivery
{
    // Twilio would text anything but an empty TwiML document to the customer.
    private static readonly string s_emptyTwiML = new MessagingResponse().ToString(SaveOptions.DisableFormatting);

    /// <summary>Stores the delivery and answers that there is nothing to say.</summary>
    /// <param name="inbox">Where it is stored.</param>
    /// <param name="context">The request.</param>
    /// <param name="key">The event's identity.</param>
    /// <param name="orderingKey">Deliveries that share it are handled in the order of their arrival.</param>
    /// <param name="body">What was signed.</param>
    public static async Task<Results<ContentHttpResult, ProblemHttpResult>> AcceptAsync(
        Inbox inbox,
        HttpContext context,
        string key,
        string orderingKey,
        WebhookBody body) =>
        await inbox.AcceptAsync(context, key, orderingKey, body) == Acceptance.Unavailable
            ? Problems.StorageUnavailable(context.Response)
            : TypedResults.Text(s_emptyTwiML, "text/xml", Encoding.UTF8);

    /// <summary>Stands in for the identity of a delivery that does not say what it is about.</summary>
    public static string HashOf(WebhookBody body) => $"sha256:{Convert.ToHexStringLower(body.Hash())}";
}
