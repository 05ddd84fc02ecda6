using System.Text;
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

    // The doctor combines every address with every body only up to this length. For a larger body, the combinations take seconds.
    private const int MaxBytesForPairs = 64 * 1024;

    // Every order of so many parameters: 720.
    private const int MaxPermutedParameters = 6;

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

        var headerValues = request.GetHeaderValues(TwilioSignature.HeaderName);
        var received = new StringValues([.. headerValues]);
        var form = !request.IsGet && FormBody.IsForm(request.ContentType) ? FormBody.Parse(request.Body) : null;
        var verdict = TwilioSignature.Verify(received, url, form, request.Body, options.AuthTokens);
        if (verdict == SignatureVerdict.Valid)
        {
            if (!options.IsOurAccount(request.IsGet ? FormBody.ParseQuery(url) : form))
            {
                return Diagnosis.Of(SignatureVerdict.UnknownAccount,
                [
                    new("unknown-account", "The signature is valid, but the AccountSid is not ours.", $"See {TwilioOptions.AccountSidSetting}."),
                ]);
            }

            // The webhook accepts such a request, but the difference shows that something sorts the query.
            return TwilioSignature.IsSignedInAnotherQueryOrder(received, url, form, request.Body, options.AuthTokens)
                ? Diagnosis.Of(verdict, [DescribeUrl("url-query-order", url, url)])
                : Diagnosis.Of(verdict, []);
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

        var header = TwilioHeader.Read(headerValues);
        var findings = header.Findings.ToList();
        if (header.Normalized is { } normalized)
        {
            var check = new NormalizedCheck(normalized, request.IsGet ? null : request.ContentType);
            findings.AddRange(ExamineMethod(normalized, request, url, options.AuthTokens) is { } finding
                ? [finding]
                : ExamineContent(check, request, url, options.AuthTokens));
        }

        return Diagnosis.Of(verdict, findings);
    }

    // A form's fields are signed as fields, and the parameters of a GET as a part of the address. So a changed method changes what is signed.
    private static Finding? ExamineMethod(string header, CapturedRequest request, string url, IReadOnlyList<string> tokens)
    {
        var urlWithoutQuery = UrlParts.TryParse(url)?.UrlWithoutQuery ?? url;
        var (signedMethod, verdict) = request.IsGet
            ? ("POST", TwilioSignature.Verify(header, urlWithoutQuery, FormBody.ParseQuery(url), [], tokens))
            : ("GET", TwilioSignature.Verify(header, AppendQuery(url, Encoding.UTF8.GetString(request.Body)), form: null, [], tokens));
        return verdict == SignatureVerdict.Valid
            ? new Finding(
                "method",
                $"The signature fits a {signedMethod} with the same parameters, but the request is a {request.Method.ToUpperInvariant()}.",
                "Something on the way changes the method, such as a redirect. Configure the final address at Twilio.")
            : null;
    }

    private static string AppendQuery(string url, string query) => $"{url}{(url.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{query}";

    private static IEnumerable<Finding> ExamineContent(
        NormalizedCheck check,
        CapturedRequest request,
        string url,
        IReadOnlyList<string> tokens)
    {
        var urls = UrlVariants.Of(url, request.GetClaimedBases()).ToList();
        if (request.Url?.Contains('#', StringComparison.Ordinal) == true)
        {
            urls.Add(new UrlVariant(["url-fragment"], url + request.Url[request.Url.IndexOf('#', StringComparison.Ordinal)..]));
        }

        // Variants that are never combined with a changed body: there are many of them.
        var moreUrls = QueryOrders.Of(url, MaxPermutedParameters).Select(u => new UrlVariant(["url-query-order"], u))
            .Concat(UrlVariants.WithUsualPorts(url));

        // A pair differs in the address and in the body. Pairs come last, so that a difference in only the address or only the body is not
        // reported as both.
        var unchanged = new BodyVariant("", "", request.Body);
        var bodies = EnumerateBodies(request).ToList();
        var singles = urls.Concat(moreUrls).Select(u => (Url: u, Body: unchanged)).Concat(bodies.Select(b => (Url: urls[0], Body: b)));
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

        var trimmedTokens = tokens.Select(token => token.Trim('"', '\'', ' ')).ToList();
        if (!trimmedTokens.SequenceEqual(tokens) && check.Fits(url, unchanged, trimmedTokens))
        {
            return
            [
                new(
                    "secret-misspelled",
                    $"The signature fits {TwilioOptions.AuthTokenSetting} without the quotation marks or spaces around it.",
                    "Remove the quotation marks or spaces."),
            ];
        }

        return [.. DescribeUnsignedBody(check, request, url), DescribeOtherSecret(tokens.Count, urls.Count, bodies.Count)];
    }

    private static IEnumerable<BodyVariant> EnumerateBodies(CapturedRequest request)
    {
        if (!FormBody.IsForm(request.ContentType) && request.Body.Length > 0)
        {
            yield return new BodyVariant("content-type", "the fields of the form", request.Body);
        }

        var body = request.Body;
        var variants = BodyVariants.VariantsOfBytes(body)
            .Concat(BodyVariants.VariantsOfForm(body))
            .Concat(BodyVariants.VariantsOfJson(body));
        foreach (var variant in variants)
        {
            yield return variant;
        }
    }

    private static Finding DescribeUrl(string rule, string checkedUrl, string signedUrl)
    {
        var shownCheckedUrl = UrlParts.TryParse(checkedUrl)?.UrlWithoutQuery ?? checkedUrl;
        var shownSignedUrl = UrlParts.TryParse(signedUrl)?.UrlWithoutQuery ?? signedUrl;
        return rule switch
        {
            "url-query-lost" or "url-query-order" => new(
                rule,
                rule == "url-query-lost"
                    ? $"Signed was {shownSignedUrl} without its query."
                    : $"Signed was {shownSignedUrl} with its query in another order.",
                rule == "url-query-lost"
                    ? "Make sure that no proxy extends the query: every character of the query counts."
                    : "Make sure that no proxy sorts the query. Twilio may sort it too: configure the names in alphabetical order."),
            "url-fragment" => new(
                rule,
                "Signed was the address with its fragment, the part after '#'.",
                "The sender must leave the fragment out: Twilio neither sends nor signs it."),
            _ => new(
                rule,
                $"Signed was {shownSignedUrl}, checked is {shownCheckedUrl}.",
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
                $"The signature fits {body.Description}.",
                "An intermediary between Twilio and us rewrites the body, or the sender signs another body. Every field counts as sent.");
        }
    }

    private static IEnumerable<Finding> DescribeUnsignedBody(NormalizedCheck check, CapturedRequest request, string url)
    {
        var mayHaveBody = request.Body.Length > 0 || !request.IsGet;
        if (mayHaveBody && !FormBody.IsForm(check.ContentType) && !url.Contains("bodySHA256=", StringComparison.Ordinal))
        {
            yield return new Finding(
                "body-unsigned",
                "The body is not a form, and the address has no bodySHA256: no signature covers the body.",
                "Twilio sends forms to these webhooks. Any other body needs bodySHA256 in the address.");
        }
    }

    private static Finding DescribeOtherSecret(int tokenCount, int urlCount, int bodyCount) => new(
        "other-secret",
        $"None of the {tokenCount} configured tokens fits, for {urlCount} variants of the address and {bodyCount} variants of the body.",
        $"Compare {TwilioOptions.AuthTokenSetting} with the primary auth token of the account, or subaccount, that sends the request; "
        + "a secondary token signs nothing. If both are equal, the address or the content differs in another way.");

    /// <summary>Checks addresses and bodies against a normalised header.</summary>
    private sealed record NormalizedCheck(string Header, string? ContentType)
    {
        public bool Fits(string url, BodyVariant body, IReadOnlyList<string> tokens) => TwilioSignature.Verify(
            Header, url, body.Rule == "content-type" ? Form : ContentType, body.Bytes, tokens) == SignatureVerdict.Valid;
    }
}
