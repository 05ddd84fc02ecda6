using System.Security.Cryptography;
using System.Text;
using JackAutomotive.WebhookApi.Intake;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>
/// ElevenLabs does not sign the conversation-initiation webhook: it sends the request headers that were configured there. So one header
/// that holds the secret is enough; what is signed like the other webhooks, with the same secret, passes too.
/// </summary>
internal sealed class InitiationScheme(IOptions<ElevenLabsOptions> options, ElevenLabsScheme signed) : SignatureScheme
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ContentTypes => signed.ContentTypes;

    /// <inheritdoc/>
    public override IResult Accepted => signed.Accepted;

    private string HeaderName => options.Value.ConversationInitiationHeader;

    /// <inheritdoc/>
    public override string? MissingSettingOf(WebhookEndpoint endpoint) => signed.MissingSettingOf(endpoint);

    /// <inheritdoc/>
    public override SignatureVerdict Inspect(WebhookEndpoint endpoint, HttpRequest request)
    {
        var given = request.Headers[HeaderName];
        return given.Count switch
        {
            0 when request.Headers.ContainsKey(ElevenLabsSignature.HeaderName) => signed.Inspect(endpoint, request),
            0 => SignatureVerdict.Missing,
            1 => IsSecret(given[0]!, endpoint) ? SignatureVerdict.Valid : SignatureVerdict.Mismatch,
            _ => SignatureVerdict.Malformed,
        };
    }

    /// <inheritdoc/>
    public override SignatureVerdict Verify(WebhookEndpoint endpoint, HttpRequest request, ReadOnlySpan<byte> body, out object? content)
    {
        content = null;
        return request.Headers.ContainsKey(HeaderName) ? Inspect(endpoint, request) : signed.Verify(endpoint, request, body, out content);
    }

    /// <inheritdoc/>
    public override ProblemHttpResult Refuse(WebhookEndpoint endpoint, SignatureVerdict verdict) =>
        Problems.SignatureRefused(StatusCodes.Status401Unauthorized, verdict, verdict switch
        {
            SignatureVerdict.Missing =>
                $"The header {HeaderName} is missing. Add it to the request headers of this webhook at ElevenLabs, with the value of "
                + $"{endpoint.SecretSetting}.",
            SignatureVerdict.Mismatch =>
                $"Neither does the header {HeaderName} hold the value of {endpoint.SecretSetting}, nor is the request signed with it.",
            SignatureVerdict.Malformed => $"The header {HeaderName} must come once; a signature must read as that of the other webhooks.",
            _ => "The signature is good, but its time differs from ours by more than 30 minutes. Compare the clocks.",
        });

    // Every secret is compared, and hashes of equal length: the time taken says nothing about any of them.
    private bool IsSecret(string given, WebhookEndpoint endpoint)
    {
        var isSecret = false;
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(given));
        foreach (var secret in options.Value.SecretsOf(endpoint.SecretSetting))
        {
            isSecret |= CryptographicOperations.FixedTimeEquals(hash, SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
        }

        return isSecret;
    }
}
