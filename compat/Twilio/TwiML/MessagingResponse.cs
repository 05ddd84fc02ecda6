using Twilio.TwiML.Messaging;

namespace Twilio.TwiML;

/// <summary>What to do about an incoming message. Empty: nothing.</summary>
public class MessagingResponse : TwiML
{
    /// <summary>An empty response.</summary>
    public MessagingResponse()
        : base("Response")
    {
    }

    /// <summary>Sends a message.</summary>
    /// <param name="body">The text.</param>
    /// <param name="to">The recipient; whoever wrote, when null.</param>
    /// <param name="from">The sender; the number written to, when null.</param>
    /// <param name="action">Where Twilio posts the message's status.</param>
    /// <param name="method">How it posts there.</param>
    /// <param name="statusCallback">The older name of <paramref name="action"/>.</param>
    public MessagingResponse Message(
        string? body = null,
        string? to = null,
        string? from = null,
        Uri? action = null,
        Http.HttpMethod? method = null,
        Uri? statusCallback = null) => Append(new Message(body, to, from, action, method, statusCallback));

    /// <summary>Goes on with the TwiML at that address.</summary>
    /// <param name="url">Absolute, or relative to the present document.</param>
    /// <param name="method">How it is asked for; POST when null.</param>
    public MessagingResponse Redirect(Uri? url = null, Http.HttpMethod? method = null) => Append(new Redirect(url, method));

    /// <summary>Adds an element and returns the response.</summary>
    public new MessagingResponse Append(TwiML childElem) => (MessagingResponse)base.Append(childElem);
}
