using System.Text;
using System.Xml.Linq;
using JackAutomotive.WebhookApi.Intake;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Twilio.TwiML;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>Accepts webhooks that Twilio signed; answers 403 to all other webhooks.</summary>
internal sealed class TwilioScheme(IOptions<TwilioOptions> options, PublicAddress address) : SignatureScheme
{
    // Every delivery has at least one of these parameters.
    private static readonly string[] s_parameters =
        ["MessageSid", "SmsSid", "SmsMessageSid", "CallSid", "RecordingSid", "ConferenceSid", "AccountSid"];

    /// <summary>Forms and JSON. The signature covers a JSON body through its hash in the URL; see <see cref="TwilioSignature"/>.</summary>
    public override IReadOnlyList<string> ContentTypes { get; } = ["application/x-www-form-urlencoded", "application/json"];

    /// <summary>
    /// An empty TwiML document. Twilio would send any other text to the lead as a reply, and it reports a JSON answer as error 12300.
    /// </summary>
    public override IResult Accepted { get; } =
        TypedResults.Text(new MessagingResponse().ToString(SaveOptions.DisableFormatting), "text/xml", Encoding.UTF8);

    /// <summary>A number or a callback can be configured with GET at Twilio.</summary>
    public override bool AcceptsGet => true;

    /// <inheritdoc/>
    public override bool IsDelivery(HttpRequest get) =>
        get.Headers.ContainsKey(TwilioSignature.HeaderName) || s_parameters.Any(get.Query.ContainsKey);

    /// <inheritdoc/>
    public override string? FindMissingSetting(WebhookEndpoint endpoint) =>
        options.Value.AuthTokens.Count == 0 ? endpoint.SecretSetting : null;

    /// <inheritdoc/>
    public override SignatureVerdict Inspect(WebhookEndpoint endpoint, HttpRequest request) =>
        TwilioSignature.Inspect(request.Headers[TwilioSignature.HeaderName]);

    /// <inheritdoc/>
    public override SignatureVerdict Verify(WebhookEndpoint endpoint, HttpRequest request, ReadOnlySpan<byte> body, out object? content)
    {
        // The parameters of a GET are signed as a part of the URL, not as fields.
        var isGet = HttpMethods.IsGet(request.Method);
        var url = address.BuildSignedUrl(request);
        var form = !isGet && FormBody.IsForm(request.ContentType) ? FormBody.Parse(body) : null;
        var verdict = TwilioSignature.Verify(request.Headers[TwilioSignature.HeaderName], url, form, body, options.Value.AuthTokens);
        var parameters = isGet ? FormBody.ParseQuery(url) : form;
        content = parameters;
        return verdict == SignatureVerdict.Valid && !options.Value.IsOurAccount(parameters) ? SignatureVerdict.UnknownAccount : verdict;
    }

    /// <inheritdoc/>
    public override ProblemHttpResult BuildRejectionAnswer(WebhookEndpoint endpoint, SignatureVerdict verdict) =>
        verdict == SignatureVerdict.UnknownAccount ? Problems.UnknownAccount(TwilioOptions.AccountSidSetting)
        : Problems.SignatureRejected(StatusCodes.Status403Forbidden, verdict, verdict switch
        {
            SignatureVerdict.Missing => $"The header {TwilioSignature.HeaderName} is missing: this request does not come from Twilio.",
            SignatureVerdict.Malformed => $"The header {TwilioSignature.HeaderName} must occur once and hold 20 bytes in base64.",
            _ =>
                "The signature does not match. Compare PUBLIC_BASE_URL with the scheme, host and path configured at Twilio, "
                + $"and {endpoint.SecretSetting} with the account's primary auth token; check that no proxy rewrites the query or the body.",
        });
}
