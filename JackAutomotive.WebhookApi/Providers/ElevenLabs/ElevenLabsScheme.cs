using JackAutomotive.WebhookApi.Intake;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>Lets webhooks through that ElevenLabs signed with the secret of their endpoint; answers 401 to others.</summary>
internal sealed class ElevenLabsScheme(IOptions<ElevenLabsOptions> options, TimeProvider time) : SignatureScheme
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ContentTypes { get; } = ["application/json"];

    /// <summary>200 without a body: ElevenLabs takes every other status for a failure, and in the end disables the webhook.</summary>
    public override IResult Accepted { get; } = TypedResults.Ok();

    /// <inheritdoc/>
    public override string? MissingSettingOf(WebhookEndpoint endpoint) => SecretsOf(endpoint).Count == 0 ? endpoint.SecretSetting : null;

    /// <inheritdoc/>
    public override SignatureVerdict Inspect(WebhookEndpoint endpoint, HttpRequest request) =>
        ElevenLabsSignature.Inspect(request.Headers[ElevenLabsSignature.HeaderName]);

    /// <inheritdoc/>
    public override SignatureVerdict Verify(WebhookEndpoint endpoint, HttpRequest request, ReadOnlySpan<byte> body, out object? content)
    {
        content = null;
        return ElevenLabsSignature.Verify(request.Headers[ElevenLabsSignature.HeaderName], body, SecretsOf(endpoint), time.GetUtcNow());
    }

    /// <inheritdoc/>
    public override StreamedSignature Begin(WebhookEndpoint endpoint, HttpRequest request) =>
        ElevenLabsSignature.Begin(request.Headers[ElevenLabsSignature.HeaderName], SecretsOf(endpoint), time.GetUtcNow());

    /// <inheritdoc/>
    public override ProblemHttpResult Refuse(WebhookEndpoint endpoint, SignatureVerdict verdict) =>
        Problems.SignatureRefused(StatusCodes.Status401Unauthorized, verdict, verdict switch
        {
            SignatureVerdict.Missing =>
                $"The header {ElevenLabsSignature.HeaderName} is missing. Switch HMAC authentication on for this webhook at ElevenLabs.",
            SignatureVerdict.Malformed =>
                $"The header {ElevenLabsSignature.HeaderName} must come once and read "
                + "'t=<unix seconds>,v0=<64 lower-case hex digits>', without spaces.",
            SignatureVerdict.Stale =>
                "The signature is good, but its time differs from ours by more than 30 minutes. Compare the clocks; "
                + "a captured request cannot be sent again later.",
            _ =>
                $"No v0 fits. Compare {endpoint.SecretSetting} with the secret of this webhook "
                + "(all of it, prefix included), and see that no proxy rewrites the body.",
        });

    private IReadOnlyList<string> SecretsOf(WebhookEndpoint endpoint) => options.Value.SecretsOf(endpoint.SecretSetting);
}
