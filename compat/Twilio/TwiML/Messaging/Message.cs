namespace Twilio.TwiML.Messaging;

/// <summary>Sends a message.</summary>
/// <param name="body">The text.</param>
/// <param name="to">The recipient; whoever wrote, when null.</param>
/// <param name="from">The sender; the number written to, when null.</param>
/// <param name="action">Where Twilio posts the message's status.</param>
/// <param name="method">How it posts there.</param>
/// <param name="statusCallback">The older name of <paramref name="action"/>.</param>
public class Message(
    string? body = null,
    string? to = null,
    string? from = null,
    Uri? action = null,
    Http.HttpMethod? method = null,
    Uri? statusCallback = null) : TwiML("Message")
{
    /// <summary>Adds a text beside a media file.</summary>
    public Message Body(string? message = null)
    {
        Append(new Leaf("Body", message));
        return this;
    }

    /// <summary>Adds a media file.</summary>
    public Message Media(Uri? url = null)
    {
        Append(new Leaf("Media", url?.OriginalString));
        return this;
    }

    private protected override string Text => body ?? "";

    private protected override IEnumerable<(string Name, string? Value)> Attributes =>
    [
        ("to", to),
        ("from", from),
        ("action", action?.OriginalString),
        ("method", method?.ToString()),
        ("statusCallback", statusCallback?.OriginalString),
    ];
}

/// <summary>Goes on with the TwiML at that address.</summary>
internal sealed class Redirect(Uri? url, Http.HttpMethod? method) : TwiML("Redirect")
{
    private protected override string Text => url?.OriginalString ?? "";

    private protected override IEnumerable<(string Name, string? Value)> Attributes => [("method", method?.ToString())];
}

/// <summary>An element with a text and nothing else.</summary>
internal sealed class Leaf(string name, string? text) : TwiML(name)
{
    private protected override string Text => text ?? "";
}
