using JackAutomotive.WebhookApi.Intake;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>Accepts webhooks that are signed with a secret of their endpoint; answers 401 to all other webhooks.</summary>
internal sealed class ElevenLabsScheme(IOptions<ElevenLabsOptions> options, TimeProvider time) : SignatureScheme
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ContentTypes { get; } = ["application/json"];

    /// <summary>200 without a body. ElevenLabs treats every other status as a failure and eventually disables the webhook.</summary>
    public override IResult Accepted { get; } = TypedResults.Ok();

    /// <inheritdoc/>
    public override bool IsDelivery(HttpRequest get) => get.Headers.ContainsKey(ElevenLabsSignature.HeaderName);

    /// <inheritdoc/>
    public override string? FindMissingSetting(WebhookEndpoint endpoint) => GetSecrets(endpoint).Count == 0 ? endpoint.SecretSetting : null;

    /// <inheritdoc/>
    public override SignatureVerdict Inspect(WebhookEndpoint endpoint, HttpRequest request) =>
        ElevenLabsSignature.Inspect(request.Headers[ElevenLabsSignature.HeaderName]);

    /// <inheritdoc/>
    public override SignatureVerdict Verify(WebhookEndpoint endpoint, HttpRequest request, ReadOnlySpan<byte> body, out object? content)
    {
        content = null;
        return ElevenLabsSignature.Verify(request.Headers[ElevenLabsSignature.HeaderName], body, GetSecrets(endpoint), time.GetUtcNow());
    }

    /// <inheritdoc/>
    public override StreamedSignatureCheck BeginCheck(WebhookEndpoint endpoint, HttpRequest request) =>
        ElevenLabsSignature.BeginCheck(request.Headers[ElevenLabsSignature.HeaderName], GetSecrets(endpoint), time.GetUtcNow());

    /// <inheritdoc/>
    public override ProblemHttpResult BuildRejectionAnswer(WebhookEndpoint endpoint, SignatureVerdict verdict) =>
        Problems.SignatureRejected(StatusCodes.Status401Unauthorized, verdict, verdict switch
        {
            SignatureVerdict.Missing =>
                $"The header {ElevenLabsSignature.HeaderName} is missing. Switch HMAC authentication on for this webhook at ElevenLabs.",
            SignatureVerdict.Malformed =>
                $"The header {ElevenLabsSignature.HeaderName} must occur once in the form "
                + "'t=<unix seconds>,v0=<64 lower-case hex digits>', without spaces.",
            SignatureVerdict.Stale =>
                $"The signature is valid, but its time differs from ours by more than {ElevenLabsSignature.Tolerance.TotalMinutes} minutes. "
                + "Compare the clocks; a captured request cannot be sent again later.",
            _ =>
                $"No v0 matches. Compare {endpoint.SecretSetting} with the secret of this webhook "
                + "(the whole value, including the prefix), and check that no proxy rewrites the body.",
        });

    private IReadOnlyList<string> GetSecrets(WebhookEndpoint endpoint) => options.Value.GetSecrets(endpoint.SecretSetting);
}
