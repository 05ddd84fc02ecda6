using System.Globalization;
using System.Net.Mime;
using System.Text;
using System.Text.Encodings.Web;
using JackAutomotive.ProviderSimulator.ElevenLabs.Api;
using JackAutomotive.ProviderSimulator.Twilio.Api;

namespace JackAutomotive.ProviderSimulator.Apis;

/// <summary>What customers have received: the texts and the calls that the providers' APIs have accepted, newest first.</summary>
internal sealed record SentView(IReadOnlyList<SentTextView> Texts, IReadOnlyList<SentCallView> Calls);

/// <summary>A text to a customer, with every status so far.</summary>
internal sealed record SentTextView(
    string Sid, DateTimeOffset At, string To, string? From, string Body, IReadOnlyList<string> MediaUrls, string Status, int? ErrorCode,
    IReadOnlyList<StatusChange> History);

/// <summary>A call to a customer, with every status so far. The conversation is null for a call without the voice agent.</summary>
internal sealed record SentCallView(
    string Sid, DateTimeOffset At, string To, string From, string Status, string? AnsweredBy, string? ConversationId,
    IReadOnlyList<StatusChange> History);

/// <summary>The developer's view of what was sent, for programs and for browsers.</summary>
internal static class SentPage
{
    private const int MaxShown = 500;

    /// <summary>GET /messages: HTML for a browser, JSON otherwise.</summary>
    internal static IResult Show(HttpRequest request, TwilioAccount account, ElevenLabsWorkspace workspace)
    {
        var conversations = workspace.Conversations.Newest(_ => true)
            .ToDictionary(conversation => conversation.Call.CallSid, conversation => conversation.Call.ConversationId);
        var view = new SentView(
            [.. account.Texts.Newest(_ => true).Take(MaxShown).Select(text => new SentTextView(
                text.Sid, text.CreatedAt, text.To, text.From, text.Body, text.MediaUrls, text.Status, text.ErrorCode, text.History))],
            [.. account.Calls.Newest(call => call.Direction == "outbound-api").Take(MaxShown).Select(call => new SentCallView(
                call.Sid, call.CreatedAt, call.To, call.From, call.Status, call.AnsweredBy, conversations.GetValueOrDefault(call.Sid),
                call.History))]);
        return request.GetTypedHeaders().Accept.Any(type => type.MediaType == MediaTypeNames.Text.Html)
            ? TypedResults.Content(Render(view), MediaTypeNames.Text.Html, Encoding.UTF8)
            : TypedResults.Ok(view);
    }

    private static string Render(SentView view)
    {
        var texts = view.Texts.Select(text => Row(
            FormatTime(text.At), text.To, text.Body, string.Join(' ', text.MediaUrls),
            text.ErrorCode is { } code ? string.Create(CultureInfo.InvariantCulture, $"{text.Status} {code}") : text.Status));
        var calls = view.Calls.Select(call => Row(
            FormatTime(call.At), call.To, call.Status, call.AnsweredBy ?? "", call.ConversationId ?? ""));
        return $$"""
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta http-equiv="refresh" content="5">
            <title>Sent to customers</title>
            <style>
              body { font: 15px system-ui, sans-serif; margin: 2rem; }
              table { border-collapse: collapse; width: 100%; margin-bottom: 2rem; }
              th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #ddd; }
            </style>
            <h1>Sent to customers</h1>
            <h2>Texts</h2>
            <table><tr><th>UTC</th><th>To</th><th>Text</th><th>Media</th><th>Status</th></tr>
            {{string.Concat(texts)}}</table>
            <h2>Calls</h2>
            <table><tr><th>UTC</th><th>To</th><th>Status</th><th>Answered by</th><th>Conversation</th></tr>
            {{string.Concat(calls)}}</table>
            </html>
            """;
    }

    private static string Row(params string[] cells) =>
        $"<tr>{string.Concat(cells.Select(cell => $"<td>{HtmlEncoder.Default.Encode(cell)}</td>"))}</tr>\n";

    private static string FormatTime(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
