using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Providers.Twilio;
using Microsoft.Extensions.Primitives;

namespace JackAutomotive.WebhookApi.Admin.Signatures;

/// <summary>
/// Explains why a request that claims to be from Twilio fails the signature check. A pure function of the request and our settings.
/// </summary>
internal static class TwilioDoctor
{
    private const string Form = "application/x-www-form-urlencoded";

    // For larger bodies, the doctor does not combine every address with every body, because that takes seconds.
    private const int MaxBytesForPairs = 64 * 1024;

    /// <summary>Examines a captured request.</summary>
    /// <param name="request">The captured request.</param>
    /// <param name="url">The address that the webhook checks the signature against.</param>
    /// <param name="options">Our auth tokens and accounts.</param>
    public static Diagnosis Examine(CapturedRequest request, string url, TwilioOptions options)
    {
        if (options.AuthTokens.Count == 0)
        {
            const string Setting = TwilioOptions.AuthTokenSetting;
            return Diagnosis.Of(SignatureVerdict.Mismatch, [new("not-configured", $"{Setting} is not set.", $"Set {Setting}.")]);
        }

        var values = request.Header(TwilioSignature.HeaderName);
        var verdict = TwilioSignature.Verify(
            new StringValues([.. values]), url, request.ContentType, request.Body, options.AuthTokens);
        if (verdict == SignatureVerdict.Valid)
        {
            return options.IsOurAccount(FormBody.IsForm(request.ContentType) ? FormBody.Parse(request.Body) : null)
                ? Diagnosis.Of(verdict, [])
                : Diagnosis.Of(SignatureVerdict.UnknownAccount,
                [
                    new("unknown-account", "The signature is valid, but the AccountSid is not ours.", $"See {TwilioOptions.AccountSidSetting}."),
                ]);
        }

        if (verdict == SignatureVerdict.Missing)
        {
            return Diagnosis.Of(verdict,
            [
                new(
                    "header-missing",
                    $"There is no header {TwilioSignature.HeaderName}.",
                    "The request does not come from Twilio, or a proxy removes the header."),
            ]);
        }

        var header = TwilioHeader.Read(values);
        var findings = header.Findings.ToList();
        if (header.Normalized is { } normalized)
        {
            findings.AddRange(ExamineContent(new NormalizedCheck(normalized, request.ContentType), request, url, options.AuthTokens));
        }

        return Diagnosis.Of(verdict, findings);
    }

    private static IEnumerable<Finding> ExamineContent(
        NormalizedCheck check,
        CapturedRequest request,
        string url,
        IReadOnlyList<string> tokens)
    {
        var urls = UrlVariants.Of(url, request.ClaimedBases()).ToList();
        if (request.Url?.Contains('#', StringComparison.Ordinal) == true)
        {
            urls.Add(new UrlVariant(["url-fragment"], url + request.Url[request.Url.IndexOf('#', StringComparison.Ordinal)..]));
        }

        // Candidates with one difference come before pairs, so that one difference is not reported as two.
        var received = new BodyVariant("", "", request.Body);
        var bodies = EnumerateBodies(request).ToList();
        var singles = urls.Select(u => (Url: u, Body: received)).Concat(bodies.Select(b => (Url: urls[0], Body: b)));
        var pairs = request.Body.Length > MaxBytesForPairs
            ? []
            : urls.Skip(1).SelectMany(u => bodies.Select(b => (Url: u, Body: b)));
        foreach (var (signedUrl, body) in singles.Concat(pairs))
        {
            if (check.Fits(signedUrl.Url, body, tokens))
            {
                return [.. signedUrl.Rules.Select(rule => DescribeUrl(rule, url, signedUrl.Url)), .. DescribeBody(body, check.ContentType)];
            }
        }

        var trimmed = tokens.Select(token => token.Trim('"', '\'', ' ')).ToList();
        if (!trimmed.SequenceEqual(tokens) && check.Fits(url, received, trimmed))
        {
            return
            [
                new(
                    "secret-misspelled",
                    $"The signature fits {TwilioOptions.AuthTokenSetting} without the quotation marks or spaces around it.",
                    "Remove the quotation marks or spaces."),
            ];
        }

        return [.. DescribeUnsignedBody(check, url), DescribeOtherSecret(tokens.Count, urls.Count, bodies.Count)];
    }

    private static IEnumerable<BodyVariant> EnumerateBodies(CapturedRequest request)
    {
        var isForm = FormBody.IsForm(request.ContentType);
        if (!isForm && request.Body.Length > 0)
        {
            yield return new BodyVariant("content-type", "the fields of the form", request.Body);
        }

        var body = request.Body;
        foreach (var variant in BodyVariants.VariantsOfBytes(body).Concat(BodyVariants.VariantsOfForm(body)).Concat(BodyVariants.VariantsOfJson(body)))
        {
            yield return variant;
        }
    }

    private static Finding DescribeUrl(string rule, string ours, string signed)
    {
        var (checkedUrl, signedUrl) = (UrlParts.TryParse(ours)?.UrlWithoutQuery ?? ours, UrlParts.TryParse(signed)?.UrlWithoutQuery ?? signed);
        return rule switch
        {
            "url-query-lost" or "url-query-order" => new(
                rule,
                rule == "url-query-lost" ? $"Signed was {signedUrl} without its query." : $"Signed was {signedUrl} with its query in another order.",
                "Make sure that no proxy extends or sorts the query: every character of the query counts."),
            "url-fragment" => new(
                rule,
                "Signed was the address with its fragment, the part after '#'.",
                "The sender must leave the fragment out: Twilio neither sends nor signs it."),
            _ => new(
                rule,
                $"Signed was {signedUrl}, checked is {checkedUrl}.",
                "Make the address configured at Twilio and PUBLIC_BASE_URL (scheme, host, port and path prefix) exactly the same."),
        };
    }

    private static IEnumerable<Finding> DescribeBody(BodyVariant body, string? contentType)
    {
        if (body.Rule == "content-type")
        {
            yield return new Finding(
                body.Rule,
                $"The form's fields are signed, but the Content-Type {(string.IsNullOrEmpty(contentType) ? "is missing" : "is different")}.",
                $"Forward the Content-Type that Twilio sends: {Form}.");
        }
        else if (body.Rule.Length > 0)
        {
            yield return new Finding(
                body.Rule,
                $"The signature fits {body.Signed}.",
                "An intermediary between Twilio and us rewrites the body, or the sender signs another body. Every field counts as sent.");
        }
    }

    private static IEnumerable<Finding> DescribeUnsignedBody(NormalizedCheck check, string url)
    {
        if (!FormBody.IsForm(check.ContentType) && !url.Contains("bodySHA256=", StringComparison.Ordinal))
        {
            yield return new Finding(
                "body-unsigned",
                "The body is not a form, and the address has no bodySHA256: no signature covers the body.",
                "Twilio sends forms to these webhooks. Any other body needs bodySHA256 in the address.");
        }
    }

    private static Finding DescribeOtherSecret(int tokens, int urls, int bodies) => new(
        "other-secret",
        $"None of the {tokens} configured tokens fits, for {urls} variants of the address and {bodies} variants of the body.",
        $"Compare {TwilioOptions.AuthTokenSetting} with the primary auth token of the account, or subaccount, that sends the request; "
        + "a secondary token signs nothing. If both are equal, the address or the content differs in another way.");

    /// <summary>Checks addresses and bodies against a normalised header.</summary>
    private sealed record NormalizedCheck(string Header, string? ContentType)
    {
        public bool Fits(string url, BodyVariant body, IReadOnlyList<string> tokens) => TwilioSignature.Verify(
            Header, url, body.Rule == "content-type" ? Form : ContentType, body.Bytes, tokens) == SignatureVerdict.Valid;
    }
}
