using JackAutomotive.WebhookApi.Features.Twilio;
using JackAutomotive.WebhookApi.Messaging;
using Microsoft.Extensions.Primitives;

namespace JackAutomotive.WebhookApi.Features.Signatures;

/// <summary>Says why a request that claims to be from Twilio does not hold. A pure function of the request and our settings.</summary>
internal static class TwilioDoctor
{
    private const string Form = "application/x-www-form-urlencoded";

    // Beyond this, every address is not tried with every body: it would take seconds.
    private const int MaxBytesForPairs = 64 * 1024;

    /// <summary>Examines a request.</summary>
    /// <param name="request">As it was captured.</param>
    /// <param name="url">The address that the signature is checked against here.</param>
    /// <param name="options">Tokens and accounts.</param>
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
                    new("unknown-account", "The signature is good, the AccountSid is not ours.", $"See {TwilioOptions.AccountSidSetting}."),
                ]);
        }

        if (verdict == SignatureVerdict.Missing)
        {
            return Diagnosis.Of(verdict,
            [
                new(
                    "header-missing",
                    $"There is no header {TwilioSignature.HeaderName}.",
                    "This does not come from Twilio, or a proxy takes the header away."),
            ]);
        }

        var header = TwilioHeader.Read(values);
        var findings = header.Findings.ToList();
        if (header.Mended is { } mended)
        {
            findings.AddRange(FindingsOfContent(new Seal(mended, request.ContentType), request, url, options.AuthTokens));
        }

        return Diagnosis.Of(verdict, findings);
    }

    private static IEnumerable<Finding> FindingsOfContent(Seal seal, CapturedRequest request, string url, IReadOnlyList<string> tokens)
    {
        var urls = UrlVariants.Of(url, request.Bases()).ToList();
        if (request.Url?.Contains('#', StringComparison.Ordinal) == true)
        {
            urls.Add(new UrlVariant(["url-fragment"], url + request.Url[request.Url.IndexOf('#', StringComparison.Ordinal)..]));
        }

        // The fewest differences first: what fits with one is not blamed on two.
        var asItIs = new BodyVariant("", "", request.Body);
        var bodies = BodiesOf(request).ToList();
        var alone = urls.Select(u => (Url: u, Body: asItIs)).Concat(bodies.Select(b => (Url: urls[0], Body: b)));
        var pairs = request.Body.Length > MaxBytesForPairs
            ? []
            : urls.Skip(1).SelectMany(u => bodies.Select(b => (Url: u, Body: b)));
        foreach (var (signedUrl, body) in alone.Concat(pairs))
        {
            if (seal.Fits(signedUrl.Url, body, tokens))
            {
                return [.. signedUrl.Rules.Select(rule => OfUrl(rule, url, signedUrl.Url)), .. OfBody(body, seal.ContentType)];
            }
        }

        var trimmed = tokens.Select(token => token.Trim('"', '\'', ' ')).ToList();
        if (!trimmed.SequenceEqual(tokens) && seal.Fits(url, asItIs, trimmed))
        {
            return
            [
                new(
                    "secret-misspelled",
                    $"The signature fits {TwilioOptions.AuthTokenSetting} without the quotation marks or spaces around it.",
                    "Take them away."),
            ];
        }

        return [.. Unsigned(seal, url), Other(tokens.Count, urls.Count, bodies.Count)];
    }

    private static IEnumerable<BodyVariant> BodiesOf(CapturedRequest request)
    {
        var isForm = FormBody.IsForm(request.ContentType);
        if (!isForm && request.Body.Length > 0)
        {
            yield return new BodyVariant("content-type", "the fields of the form", request.Body);
        }

        var body = request.Body;
        foreach (var variant in BodyVariants.OfBytes(body).Concat(BodyVariants.OfForm(body)).Concat(BodyVariants.OfJson(body)))
        {
            yield return variant;
        }
    }

    private static Finding OfUrl(string rule, string ours, string signed)
    {
        var (a, b) = (UrlParts.TryParse(ours)?.Shown ?? ours, UrlParts.TryParse(signed)?.Shown ?? signed);
        return rule switch
        {
            "url-query-lost" or "url-query-order" => new(
                rule,
                rule == "url-query-lost" ? $"Signed was {b} without its query." : $"Signed was {b} with its query in another order.",
                "See that no proxy adds to the query or sorts it: it counts to the letter."),
            "url-fragment" => new(
                rule,
                "Signed was the address with what comes after its '#'.",
                "The sender must leave the fragment out: Twilio neither sends nor signs it."),
            _ => new(
                rule,
                $"Signed was {b}, checked is {a}.",
                "Make the address configured at Twilio and PUBLIC_BASE_URL (scheme, host, port and path prefix) the same to the letter."),
        };
    }

    private static IEnumerable<Finding> OfBody(BodyVariant body, string? contentType)
    {
        if (body.Rule == "content-type")
        {
            yield return new Finding(
                body.Rule,
                $"The form's fields are signed, but the Content-Type {(string.IsNullOrEmpty(contentType) ? "is missing" : "is another")}.",
                $"Pass the Content-Type on as Twilio sends it: {Form}.");
        }
        else if (body.Rule.Length > 0)
        {
            yield return new Finding(
                body.Rule,
                $"The signature fits {body.Signed}.",
                "Something between Twilio and us rewrites the body, or the sender signs something else. Every field counts as it is sent.");
        }
    }

    private static IEnumerable<Finding> Unsigned(Seal seal, string url)
    {
        if (!FormBody.IsForm(seal.ContentType) && !url.Contains("bodySHA256=", StringComparison.Ordinal))
        {
            yield return new Finding(
                "body-unsigned",
                "The body is not a form, and the address has no bodySHA256: nothing vouches for the body.",
                "Twilio sends forms to these webhooks. Anything else needs bodySHA256 in its address.");
        }
    }

    private static Finding Other(int tokens, int urls, int bodies) => new(
        "other-secret",
        $"None of the {tokens} configured tokens fits, over {urls} forms of the address and {bodies} other forms of the body.",
        $"Compare {TwilioOptions.AuthTokenSetting} with the primary auth token of the account, or subaccount, that sends this; "
        + "a secondary token signs nothing. If it is the same, address or content differ in some other way.");

    /// <summary>A header in its proper form.</summary>
    private sealed record Seal(string Header, string? ContentType)
    {
        public bool Fits(string url, BodyVariant body, IReadOnlyList<string> tokens) => TwilioSignature.Verify(
            Header, url, body.Rule == "content-type" ? Form : ContentType, body.Bytes, tokens) == SignatureVerdict.Valid;
    }
}
