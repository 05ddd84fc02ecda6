using JackAutomotive.WebhookApi.Features.ElevenLabs;
using JackAutomotive.WebhookApi.Messaging;
using Microsoft.Extensions.Primitives;

namespace JackAutomotive.WebhookApi.Features.Signatures;

/// <summary>Says why a request that claims to be from ElevenLabs does not hold. A pure function of the request and our settings.</summary>
internal static class ElevenLabsDoctor
{
    private const string SecretPrefix = "wsec_";

    // The one from an old guide, the other from hobby projects.
    private static readonly string[] s_lookalikes = ["x-elevenlabs-signature", "xi-signature"];

    /// <summary>Examines a request.</summary>
    /// <param name="request">As it was captured.</param>
    /// <param name="secrets">Ours for this webhook.</param>
    /// <param name="setting">Where they come from.</param>
    public static Diagnosis Examine(CapturedRequest request, IReadOnlyList<string> secrets, string setting)
    {
        var values = request.Header(ElevenLabsSignature.HeaderName);
        if (secrets.Count == 0)
        {
            return Diagnosis.Of(SignatureVerdict.Mismatch, [new("not-configured", $"{setting} is not set.", $"Set {setting}.")]);
        }

        var verdict = ElevenLabsSignature.Verify(new StringValues([.. values]), request.Body, secrets, request.ReceivedAt);
        if (verdict == SignatureVerdict.Valid)
        {
            return Diagnosis.Of(verdict, []);
        }

        if (verdict == SignatureVerdict.Missing)
        {
            return Diagnosis.Of(verdict, [MissingHeader(request)]);
        }

        var header = ElevenLabsHeader.Read(values);
        var findings = header.Findings.ToList();
        if (header is { Mended: { } mended, SignedAt: { } signedAt })
        {
            findings.AddRange(FindingsOfTime(signedAt, request.ReceivedAt));
            findings.AddRange(FindingsOfContent(new Seal(mended, signedAt), request.Body, secrets, setting));
        }

        return Diagnosis.Of(verdict, findings);
    }

    private static Finding MissingHeader(CapturedRequest request)
    {
        var lookalike = s_lookalikes.FirstOrDefault(name => request.Header(name).Count > 0);
        return new Finding(
            "header-missing",
            lookalike is null
                ? $"There is no header {ElevenLabsSignature.HeaderName}."
                : $"There is no header {ElevenLabsSignature.HeaderName}, but one named {lookalike}.",
            "Switch HMAC authentication on for this webhook at ElevenLabs, and see that no proxy takes the header away.");
    }

    private static IEnumerable<Finding> FindingsOfTime(DateTimeOffset signedAt, DateTimeOffset receivedAt)
    {
        var age = receivedAt - signedAt;
        if (age.Duration() > ElevenLabsSignature.Tolerance)
        {
            yield return new Finding(
                "stale",
                $"It was signed {age.Duration():d\\.hh\\:mm\\:ss} {(age > TimeSpan.Zero ? "before" : "after")} it was received; "
                    + $"{ElevenLabsSignature.Tolerance.TotalMinutes:0} minutes are allowed.",
                age > TimeSpan.Zero
                    ? "Our clock is ahead, or the request was held back or captured and sent again. Compare the clocks; sign it anew."
                    : "Our clock is behind the signer's. Compare the clocks.");
        }
    }

    private static IEnumerable<Finding> FindingsOfContent(Seal seal, byte[] body, IReadOnlyList<string> secrets, string setting)
    {
        if (seal.Fits(body, secrets))
        {
            return [];
        }

        var variants = BodyVariants.OfBytes(body).Concat(BodyVariants.OfJson(body)).ToList();
        if (variants.FirstOrDefault(variant => seal.Fits(variant.Bytes, secrets)) is { } signed)
        {
            return
            [
                new(
                    signed.Rule,
                    $"The signature fits {signed.Signed}.",
                    "Something between ElevenLabs and us rewrites the body. Pass it on untouched."),
            ];
        }

        if (seal.Fits(body, [.. secrets.SelectMany(Misspelled)]))
        {
            return
            [
                new(
                    "secret-misspelled",
                    $"The signature fits {setting} with '{SecretPrefix}' before it or without it, or without quotation marks around it.",
                    "The whole secret is the key, prefix included. Copy it again from where the webhook was created."),
            ];
        }

        return
        [
            new(
                "other-secret",
                $"None of the {secrets.Count} configured secrets fits, neither over the body nor over {variants.Count} other forms of it.",
                $"Compare {setting} with the secret of this webhook: each has its own. If they are the same, the content was changed."),
        ];
    }

    private static string[] Misspelled(string secret)
    {
        var bare = secret.Trim('"', '\'', ' ');
        return [bare, bare.StartsWith(SecretPrefix, StringComparison.Ordinal) ? bare[SecretPrefix.Length..] : SecretPrefix + bare];
    }

    /// <summary>A header in its proper form, compared without regard to the clock.</summary>
    private sealed record Seal(string Header, DateTimeOffset SignedAt)
    {
        public bool Fits(byte[] body, IReadOnlyList<string> secrets) =>
            ElevenLabsSignature.Verify(Header, body, secrets, SignedAt) == SignatureVerdict.Valid;
    }
}
