using JackAutomotive.WebhookApi.Features.ElevenLabs;
using JackAutomotive.WebhookApi.Features.Twilio;
using JackAutomotive.WebhookApi.Messaging;

namespace JackAutomotive.WebhookApi.Features.Signatures;

/// <summary>Our side of what both ends have to agree on.</summary>
/// <param name="BaseUrl">PUBLIC_BASE_URL; empty if it is not set.</param>
/// <param name="Endpoints">Our webhooks by their path.</param>
/// <param name="ElevenLabs">Secrets.</param>
/// <param name="Twilio">Tokens and accounts.</param>
internal sealed record SignatureSettings(
    string BaseUrl,
    IReadOnlyDictionary<string, WebhookEndpoint> Endpoints,
    ElevenLabsOptions ElevenLabs,
    TwilioOptions Twilio);

/// <summary>Says which rule a captured request breaks, as the webhook that it was meant for would check it.</summary>
internal static class SignatureDoctor
{
    private static readonly WebhookEndpoint s_otherwise = PostCall.Endpoint;

    public static Diagnosis Examine(CapturedRequest request, SignatureSettings settings)
    {
        var path = request.Target.Split('?')[0];
        var endpoint = settings.Endpoints.GetValueOrDefault(path);
        var diagnosis = request.Provider == CapturedRequest.Twilio
            ? TwilioDoctor.Examine(request, CheckedUrl(request, settings.BaseUrl), settings.Twilio)
            : ExamineElevenLabs(request, endpoint is { Source: "elevenlabs" } ? endpoint : s_otherwise, settings.ElevenLabs);
        return diagnosis with { Findings = [.. diagnosis.Findings, .. FindingsOfRoute(request, endpoint)] };
    }

    private static Diagnosis ExamineElevenLabs(CapturedRequest request, WebhookEndpoint endpoint, ElevenLabsOptions options)
    {
        // That one is let in by a header of our own, unless it is signed like the others.
        var secrets = options.SecretsOf(endpoint.SecretSetting);
        return endpoint.Topic == Topics.ElevenLabsConversationInitiation && request.Header(ElevenLabsSignature.HeaderName).Count == 0
            ? SecretHeaderDoctor.Examine(request, options.ConversationInitiationHeader, secrets, endpoint.SecretSetting)
            : ElevenLabsDoctor.Examine(request, secrets, endpoint.SecretSetting);
    }

    // As PublicAddress makes it; without either setting, what the request says of itself.
    private static string CheckedUrl(CapturedRequest request, string baseUrl)
    {
        if (baseUrl.Length > 0)
        {
            return baseUrl.TrimEnd('/') + request.Target;
        }

        var own = request.Url is null ? null : UrlParts.TryParse(request.Url)?.Base;
        var host = request.Header("Host") is [var first, ..] ? $"http://{first}" : null;
        return (own ?? host ?? "http://localhost") + request.Target;
    }

    private static IEnumerable<Finding> FindingsOfRoute(CapturedRequest request, WebhookEndpoint? endpoint)
    {
        if (!request.Method.Equals(HttpMethods.Post, StringComparison.OrdinalIgnoreCase))
        {
            yield return new Finding(
                "method", "The method is not POST.", "Configure POST at the provider; GET answers how the webhook is doing.");
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
