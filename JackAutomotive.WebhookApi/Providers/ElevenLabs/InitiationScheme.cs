using System.Security.Cryptography;
using System.Text;
using JackAutomotive.WebhookApi.Intake;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>
/// Accepts conversation-initiation webhooks. ElevenLabs does not sign this webhook; it sends the request headers that are configured at
/// ElevenLabs. A request is accepted if the configured header contains the secret, or if the request is signed with the secret.
/// </summary>
internal sealed class InitiationScheme(IOptions<ElevenLabsOptions> options, ElevenLabsScheme signatures) : SignatureScheme
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ContentTypes => signatures.ContentTypes;

    /// <inheritdoc/>
    public override IResult Accepted => signatures.Accepted;

    private string HeaderName => options.Value.ConversationInitiationHeader;

    /// <inheritdoc/>
    public override bool IsDelivery(HttpRequest get) => get.Headers.ContainsKey(HeaderName) || signatures.IsDelivery(get);

    /// <inheritdoc/>
    public override string? FindMissingSetting(WebhookEndpoint endpoint) => signatures.FindMissingSetting(endpoint);

    /// <inheritdoc/>
    public override SignatureVerdict Inspect(WebhookEndpoint endpoint, HttpRequest request)
    {
        var values = request.Headers[HeaderName];
        return values.Count switch
        {
            0 when request.Headers.ContainsKey(ElevenLabsSignature.HeaderName) => signatures.Inspect(endpoint, request),
            0 => SignatureVerdict.Missing,
            1 => IsSecret(values[0]!, endpoint) ? SignatureVerdict.Valid : SignatureVerdict.Mismatch,
            _ => SignatureVerdict.Malformed,
        };
    }

    /// <inheritdoc/>
    public override SignatureVerdict Verify(WebhookEndpoint endpoint, HttpRequest request, ReadOnlySpan<byte> body, out object? content)
    {
        content = null;
        return request.Headers.ContainsKey(HeaderName) ? Inspect(endpoint, request) : signatures.Verify(endpoint, request, body, out content);
    }

    /// <inheritdoc/>
    public override ProblemHttpResult BuildRejectionAnswer(WebhookEndpoint endpoint, SignatureVerdict verdict) =>
        Problems.SignatureRejected(StatusCodes.Status401Unauthorized, verdict, verdict switch
        {
            SignatureVerdict.Missing =>
                $"The header {HeaderName} is missing. Add it to the request headers of this webhook at ElevenLabs, with the value of "
                + $"{endpoint.SecretSetting}.",
            SignatureVerdict.Mismatch =>
                $"The header {HeaderName} does not hold the value of {endpoint.SecretSetting}, and the request is not signed with it.",
            SignatureVerdict.Malformed =>
                $"The header {HeaderName} must occur once; a signature must have the format of the other webhooks' signatures.",
            _ =>
                $"The signature is valid, but its time differs from ours by more than {ElevenLabsSignature.Tolerance.TotalMinutes} minutes. "
                + "Compare the clocks.",
        });

    // Compares with every secret, and compares hashes of equal length, so that the elapsed time reveals nothing about the secrets.
    private bool IsSecret(string value, WebhookEndpoint endpoint)
    {
        var isSecret = false;
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(value));
        foreach (var secret in options.Value.GetSecrets(endpoint.SecretSetting))
        {
            isSecret |= CryptographicOperations.FixedTimeEquals(hash, SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
        }

        return isSecret;
    }
}
