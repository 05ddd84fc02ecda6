namespace JackAutomotive.WebhookApi.Admin.Signatures;

/// <summary>An address that may have been signed instead of the checked address.</summary>
/// <param name="Rules">The names of the findings, one per difference; empty for the checked address itself.</param>
/// <param name="Url">The address.</param>
internal sealed record UrlVariant(IReadOnlyList<string> Rules, string Url);

/// <summary>The parts of an address as received; only the scheme becomes lower case.</summary>
/// <param name="Scheme">http or https.</param>
/// <param name="Authority">The host and the port.</param>
/// <param name="Path">The path, from the first slash on.</param>
/// <param name="Query">The query with its question mark, or empty.</param>
internal sealed record UrlParts(string Scheme, string Authority, string Path, string Query)
{
    public string Base => $"{Scheme}://{Authority}";

    /// <summary>The address without its query. Findings show this form, because a query may contain personal data.</summary>
    public string UrlWithoutQuery => $"{Base}{Path}";

    public override string ToString() => $"{Base}{Path}{Query}";

    public static UrlParts? TryParse(string url)
    {
        var schemeLength = url.IndexOf("://", StringComparison.Ordinal);
        if (schemeLength <= 0)
        {
            return null;
        }

        var (scheme, rest) = (url[..schemeLength].ToLowerInvariant(), url[(schemeLength + 3)..]);
        var pathStart = rest.AsSpan().IndexOfAny('/', '?') is >= 0 and var separator ? separator : rest.Length;
        var queryStart = rest.IndexOf('?', StringComparison.Ordinal) is >= 0 and var questionMark ? questionMark : rest.Length;
        return pathStart == 0 ? null : new UrlParts(scheme, rest[..pathStart], rest[pathStart..queryStart], rest[queryStart..]);
    }
}

/// <summary>
/// Derives possible signed addresses from the checked address. The signature check itself tries each address with and without the standard
/// port.
/// </summary>
internal static class UrlVariants
{
    private static readonly int[] s_usualPorts = [8443, 8080, 3000, 5000, 5001, 8000];

    /// <summary>Returns the checked address first, then the other addresses, those with the fewest differences first.</summary>
    /// <param name="checkedUrl">The address that the signature is checked against.</param>
    /// <param name="otherBases">Other schemes and authorities at which the request may have arrived.</param>
    public static IEnumerable<UrlVariant> Of(string checkedUrl, IEnumerable<string> otherBases)
    {
        if (UrlParts.TryParse(RemoveFragment(checkedUrl)) is not { } url)
        {
            return [new UrlVariant([], checkedUrl)];
        }

        var bases = EnumerateBases(url, otherBases).ToList();
        var targets = EnumerateTargets(url).ToList();
        return bases.SelectMany(b => targets.Select(t => new UrlVariant([.. b.Rules, .. t.Rules], b.Base + t.Target)))
            .Prepend(new UrlVariant([], checkedUrl))
            .DistinctBy(variant => variant.Url)
            .OrderBy(variant => variant.Rules.Count);
    }

    /// <summary>Returns the checked address with the ports that programs and proxies use besides the standard ones.</summary>
    public static IEnumerable<UrlVariant> WithUsualPorts(string checkedUrl) =>
        UrlParts.TryParse(RemoveFragment(checkedUrl)) is { } url
            ? s_usualPorts.Select(port => new UrlVariant(["url-port"], $"{url with { Authority = $"{HostOf(url.Authority)}:{port}" }}"))
            : [];

    private static string RemoveFragment(string url) =>
        url.IndexOf('#', StringComparison.Ordinal) is >= 0 and var fragment ? url[..fragment] : url;

    private static IEnumerable<(string[] Rules, string Base)> EnumerateBases(UrlParts url, IEnumerable<string> others)
    {
        yield return ([], url.Base);
        yield return (["url-scheme"], $"{OtherScheme(url.Scheme)}://{url.Authority}");
        foreach (var other in others.Select(UrlParts.TryParse).OfType<UrlParts>())
        {
            foreach (var scheme in new[] { other.Scheme, OtherScheme(other.Scheme) })
            {
                yield return ([.. CompareBases(url, other with { Scheme = scheme })], $"{scheme}://{other.Authority}");
            }
        }
    }

    private static IEnumerable<string> CompareBases(UrlParts url, UrlParts other)
    {
        if (other.Scheme != url.Scheme)
        {
            yield return "url-scheme";
        }

        if (HostOf(other.Authority) != HostOf(url.Authority))
        {
            yield return "url-host";
        }
        else if (other.Authority != url.Authority)
        {
            yield return "url-port";
        }
    }

    private static IEnumerable<(string[] Rules, string Target)> EnumerateTargets(UrlParts url)
    {
        var (path, query) = (url.Path, url.Query);
        yield return ([], path + query);
        yield return (["url-trailing-slash"], (path.EndsWith('/') ? path[..^1] : path + "/") + query);
        yield return (["url-double-slash"], "/" + path + query);
        yield return (["url-escapes"], Uri.UnescapeDataString(path) + query);
        if (query.Length > 0)
        {
            yield return (["url-query-lost"], path);
            yield return (["url-query-order"], $"{path}?{string.Join('&', query[1..].Split('&').Order(StringComparer.Ordinal))}");
            yield return (["url-escapes"], path + Uri.UnescapeDataString(query));
            yield return (["url-escapes"], path + query.Replace("+", "%20", StringComparison.Ordinal));
            yield return (["url-escapes"], path + query.Replace("%20", "+", StringComparison.Ordinal));
        }
    }

    private static string OtherScheme(string scheme) => scheme == "https" ? "http" : "https";

    private static string HostOf(string authority) =>
        authority.LastIndexOf(':') is var colon && colon > authority.LastIndexOf(']') ? authority[..colon] : authority;
}
