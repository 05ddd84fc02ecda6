using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Providers.ElevenLabs;
using Microsoft.Extensions.Primitives;

namespace JackAutomotive.WebhookApi.Admin.Signatures;

/// <summary>
/// Explains why a request that claims to be from ElevenLabs fails the signature check. A pure function of the request and our settings.
/// </summary>
internal static class ElevenLabsDoctor
{
    private const string SecretPrefix = "wsec_";

    // The first name comes from an old guide, the second from hobby projects.
    private static readonly string[] s_lookalikes = ["x-elevenlabs-signature", "xi-signature"];

    /// <summary>Examines a captured request.</summary>
    /// <param name="request">The captured request.</param>
    /// <param name="secrets">Our secrets for this webhook.</param>
    /// <param name="setting">The setting that holds the secrets.</param>
    public static Diagnosis Examine(CapturedRequest request, IReadOnlyList<string> secrets, string setting)
    {
        var headerValues = request.GetHeaderValues(ElevenLabsSignature.HeaderName);
        if (secrets.Count == 0)
        {
            return Diagnosis.Of(SignatureVerdict.Mismatch, [new("not-configured", $"{setting} is not set.", $"Set {setting}.")]);
        }

        var verdict = ElevenLabsSignature.Verify(new StringValues([.. headerValues]), request.Body, secrets, request.ReceivedAt);
        if (verdict == SignatureVerdict.Valid)
        {
            return Diagnosis.Of(verdict, []);
        }

        if (verdict == SignatureVerdict.Missing)
        {
            return Diagnosis.Of(verdict, [DescribeMissingHeader(request)]);
        }

        var header = ElevenLabsHeader.Read(headerValues);
        var findings = header.Findings.ToList();
        if (header is { Normalized: { } normalized, SignedAt: { } signedAt })
        {
            findings.AddRange(ExamineTime(signedAt, request.ReceivedAt));
            findings.AddRange(ExamineContent(new NormalizedCheck(normalized, request.ReceivedAt), request.Body, secrets, setting));
        }

        return Diagnosis.Of(verdict, findings);
    }

    private static Finding DescribeMissingHeader(CapturedRequest request)
    {
        var lookalike = s_lookalikes.FirstOrDefault(name => request.GetHeaderValues(name).Count > 0);
        return new Finding(
            "header-missing",
            lookalike is null
                ? $"There is no header {ElevenLabsSignature.HeaderName}."
                : $"There is no header {ElevenLabsSignature.HeaderName}, but there is one named {lookalike}.",
            "Enable HMAC authentication for this webhook at ElevenLabs, and make sure that no proxy removes the header.");
    }

    private static IEnumerable<Finding> ExamineTime(DateTimeOffset signedAt, DateTimeOffset receivedAt)
    {
        var age = receivedAt - signedAt;
        if (age.Duration() > ElevenLabsSignature.Tolerance)
        {
            yield return new Finding(
                "stale",
                $"The request was signed {age.Duration():d\\.hh\\:mm\\:ss} {(age > TimeSpan.Zero ? "before" : "after")} it was received; "
                    + $"{ElevenLabsSignature.Tolerance.TotalMinutes:0} minutes are tolerated.",
                age > TimeSpan.Zero
                    ? "Our clock is ahead, or the request was delayed, or captured and sent again. Compare the clocks; sign the request again."
                    : "Our clock is behind the signer's. Compare the clocks.");
        }
    }

    private static IEnumerable<Finding> ExamineContent(NormalizedCheck check, byte[] body, IReadOnlyList<string> secrets, string setting)
    {
        if (check.Fits(body, secrets))
        {
            return [];
        }

        var variants = BodyVariants.VariantsOfBytes(body).Concat(BodyVariants.VariantsOfJson(body)).ToList();
        if (variants.FirstOrDefault(variant => check.Fits(variant.Bytes, secrets)) is { } signedBody)
        {
            return
            [
                new(
                    signedBody.Rule,
                    $"The signature fits {signedBody.Description}.",
                    "An intermediary between ElevenLabs and us rewrites the body. The body must arrive unchanged."),
            ];
        }

        if (check.Fits(body, [.. secrets.SelectMany(MisspellingsOf)]))
        {
            return
            [
                new(
                    "secret-misspelled",
                    $"The signature fits {setting} with '{SecretPrefix}' added or removed, or without surrounding quotation marks.",
                    "The key is the whole secret, prefix included. Copy the secret again from the page where the webhook was created."),
            ];
        }

        return
        [
            new(
                "other-secret",
                $"None of the {secrets.Count} configured secrets fits the body or any of {variants.Count} variants of the body.",
                $"Compare {setting} with this webhook's secret; each webhook has its own. If both are equal, the content was changed."),
        ];
    }

    private static string[] MisspellingsOf(string secret)
    {
        var bare = secret.Trim('"', '\'', ' ');
        return [bare, bare.StartsWith(SecretPrefix, StringComparison.Ordinal) ? bare[SecretPrefix.Length..] : SecretPrefix + bare];
    }

    /// <summary>Checks bodies against a normalised header and ignores the clock.</summary>
    private sealed record NormalizedCheck(string Header, DateTimeOffset ReceivedAt)
    {
        public bool Fits(byte[] body, IReadOnlyList<string> secrets) =>
            ElevenLabsSignature.Verify(Header, body, secrets, ReceivedAt) is SignatureVerdict.Valid or SignatureVerdict.Stale;
    }
}
