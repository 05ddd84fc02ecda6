using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Providers.ElevenLabs;
using JackAutomotive.WebhookApi.Providers.Twilio;

namespace JackAutomotive.WebhookApi.Admin.Signatures;

/// <summary>Our settings for the signature checks.</summary>
/// <param name="BaseUrl">PUBLIC_BASE_URL; empty if it is not set.</param>
/// <param name="Endpoints">Our webhooks by path.</param>
/// <param name="ElevenLabs">The secrets of ElevenLabs' webhooks.</param>
/// <param name="Twilio">Twilio's auth tokens and accounts.</param>
internal sealed record SignatureSettings(
    string BaseUrl,
    IReadOnlyDictionary<string, WebhookEndpoint> Endpoints,
    ElevenLabsOptions ElevenLabs,
    TwilioOptions Twilio);

/// <summary>Names the rules that a captured request breaks. The path of the request determines the webhook whose checks apply.</summary>
internal static class SignatureDoctor
{
    private static readonly WebhookEndpoint s_defaultEndpoint = PostCall.Endpoint;

    public static Diagnosis Examine(CapturedRequest request, SignatureSettings settings)
    {
        var path = request.Target.Split('?')[0];
        var endpoint = settings.Endpoints.GetValueOrDefault(path);
        var diagnosis = request.Provider == CapturedRequest.Twilio
            ? TwilioDoctor.Examine(request, BuildCheckedUrl(request, settings.BaseUrl), settings.Twilio)
            : ExamineElevenLabs(request, endpoint is { Source: "elevenlabs" } ? endpoint : s_defaultEndpoint, settings.ElevenLabs);
        return diagnosis with { Findings = [.. diagnosis.Findings, .. ExamineRoute(request, endpoint)] };
    }

    private static Diagnosis ExamineElevenLabs(CapturedRequest request, WebhookEndpoint endpoint, ElevenLabsOptions options)
    {
        // The conversation-initiation webhook accepts a signature or our secret header.
        var secrets = options.GetSecrets(endpoint.SecretSetting);
        var isSigned = request.GetHeaderValues(ElevenLabsSignature.HeaderName).Count > 0;
        return endpoint.Topic == Topics.ElevenLabsConversationInitiation && !isSigned
            ? SecretHeaderDoctor.Examine(request, options.ConversationInitiationHeader, secrets, endpoint.SecretSetting)
            : ElevenLabsDoctor.Examine(request, secrets, endpoint.SecretSetting);
    }

    // Builds the address as PublicAddress does. Without PUBLIC_BASE_URL, the base comes from the captured request itself.
    private static string BuildCheckedUrl(CapturedRequest request, string baseUrl)
    {
        if (baseUrl.Length > 0)
        {
            return baseUrl.TrimEnd('/') + request.Target;
        }

        var baseOfUrl = request.Url is null ? null : UrlParts.TryParse(request.Url)?.Base;
        var baseOfHost = request.GetHeaderValues("Host") is [var host, ..] ? $"http://{host}" : null;
        return (baseOfUrl ?? baseOfHost ?? "http://localhost") + request.Target;
    }

    private static IEnumerable<Finding> ExamineRoute(CapturedRequest request, WebhookEndpoint? endpoint)
    {
        // A number may be configured with GET at Twilio; its parameters are in the query then.
        var isExpected = request.Method.Equals(HttpMethods.Post, StringComparison.OrdinalIgnoreCase)
            || (request.IsGet && request.Provider == CapturedRequest.Twilio && request.Body.Length == 0);
        if (!isExpected)
        {
            yield return new Finding(
                "method", "The method is not POST.", "Configure POST at the provider; a GET with a signature is answered 405.");
        }

        if (endpoint is null || endpoint.Source != request.Provider)
        {
            yield return new Finding(
                "path",
                $"This path is not a webhook for {request.Provider}.",
                "Compare the path configured at the provider with the list in the documentation, trailing slash included.");
        }
    }
}
