namespace JackAutomotive.WebhookApi.Features.Signatures;

/// <summary>An address that may have been signed instead of the one that is checked.</summary>
/// <param name="Rules">In what it differs: the names of the findings. Empty for the address itself.</param>
/// <param name="Url">The address.</param>
internal sealed record UrlVariant(IReadOnlyList<string> Rules, string Url);

/// <summary>An address in its parts, to the letter.</summary>
/// <param name="Scheme">http or https.</param>
/// <param name="Authority">Host and port.</param>
/// <param name="Path">From the first slash on.</param>
/// <param name="Query">With its question mark, or empty.</param>
internal sealed record UrlParts(string Scheme, string Authority, string Path, string Query)
{
    public string Base => $"{Scheme}://{Authority}";

    /// <summary>Without the query: that may hold anything.</summary>
    public string Shown => $"{Base}{Path}";

    public override string ToString() => $"{Base}{Path}{Query}";

    public static UrlParts? TryParse(string url)
    {
        var start = url.IndexOf("://", StringComparison.Ordinal);
        if (start <= 0)
        {
            return null;
        }

        var rest = url[(start + 3)..];
        var end = rest.AsSpan().IndexOfAny('/', '?') is >= 0 and var slash ? slash : rest.Length;
        var query = rest.IndexOf('?', StringComparison.Ordinal) is >= 0 and var mark ? mark : rest.Length;
        return end == 0 ? null : new UrlParts(url[..start].ToLowerInvariant(), rest[..end], rest[end..query], rest[query..]);
    }
}

/// <summary>
/// Guesses at the address that was signed. With and without a port need no guess: the check itself tries both, for a standard port.
/// </summary>
internal static class UrlVariants
{
    /// <summary>The address itself first, then those that differ in one part, then those that differ in two.</summary>
    /// <param name="checkedUrl">The address that the signature is checked against.</param>
    /// <param name="otherBases">Scheme and authority by which the request says that it was reached, or may have been.</param>
    public static IEnumerable<UrlVariant> Of(string checkedUrl, IEnumerable<string> otherBases)
    {
        if (UrlParts.TryParse(WithoutFragment(checkedUrl)) is not { } url)
        {
            return [new UrlVariant([], checkedUrl)];
        }

        var bases = Bases(url, otherBases).ToList();
        var targets = Targets(url).ToList();
        return bases.SelectMany(b => targets.Select(t => new UrlVariant([.. b.Rules, .. t.Rules], b.Base + t.Target)))
            .Prepend(new UrlVariant([], checkedUrl))
            .DistinctBy(variant => variant.Url)
            .OrderBy(variant => variant.Rules.Count);
    }

    private static string WithoutFragment(string url) =>
        url.IndexOf('#', StringComparison.Ordinal) is >= 0 and var fragment ? url[..fragment] : url;

    private static IEnumerable<(string[] Rules, string Base)> Bases(UrlParts url, IEnumerable<string> others)
    {
        yield return ([], url.Base);
        yield return (["url-scheme"], $"{OtherScheme(url.Scheme)}://{url.Authority}");
        foreach (var other in others.Select(UrlParts.TryParse).OfType<UrlParts>())
        {
            foreach (var scheme in new[] { other.Scheme, OtherScheme(other.Scheme) })
            {
                yield return ([.. DifferenceOf(url, other with { Scheme = scheme })], $"{scheme}://{other.Authority}");
            }
        }
    }

    private static IEnumerable<string> DifferenceOf(UrlParts url, UrlParts other)
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

    private static IEnumerable<(string[] Rules, string Target)> Targets(UrlParts url)
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
