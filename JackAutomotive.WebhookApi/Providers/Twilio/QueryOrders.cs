namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>
/// Twilio may deliver a query sorted by name after it has signed the query in the order that was configured. The signed order is unknown, so each
/// likely one is tried: every order of a short query, and the sorted one of a longer query. The order has no meaning, and every parameter is
/// signed in every order, so a match is as good as one with the received order.
/// </summary>
internal static class QueryOrders
{
    /// <summary>The longest query of which the signature check tries every order: 24 orders, which take far less than a millisecond.</summary>
    public const int MaxPermuted = 4;

    /// <summary>Returns the address with its query in other orders than the received one; nothing if no query has another order.</summary>
    /// <param name="url">The address.</param>
    /// <param name="maxPermuted">The number of parameters up to which every order is tried.</param>
    public static IEnumerable<string> Of(string url, int maxPermuted = MaxPermuted)
    {
        var questionMark = url.IndexOf('?', StringComparison.Ordinal);
        if (questionMark < 0 || url.IndexOf('&', questionMark) < 0)
        {
            return [];
        }

        var start = url[..(questionMark + 1)];
        var parameters = url[(questionMark + 1)..].Split('&');
        return Orders(parameters, maxPermuted).Select(order => start + string.Join('&', order)).Where(other => other != url).Distinct();
    }

    private static IEnumerable<IEnumerable<string>> Orders(string[] parameters, int maxPermuted)
    {
        if (parameters.Length <= maxPermuted)
        {
            return Permute(parameters);
        }

        // Twilio's own names begin with an upper-case letter. It appends them to the query that is configured.
        var byOwner = parameters.ToLookup(parameter => parameter is [>= 'A' and <= 'Z', ..]);
        var (own, twilios) = (byOwner[false].ToArray(), byOwner[true].ToArray());
        return
        [
            parameters.Order(StringComparer.Ordinal),
            .. own.Length is > 0 and <= MaxPermuted
                ? Permute(own).SelectMany(first => new[] { first.Concat(twilios), first.Concat(twilios.Order(StringComparer.Ordinal)) })
                : [],
        ];
    }

    private static IEnumerable<IEnumerable<string>> Permute(string[] items) =>
        items.Length <= 1
            ? [items]
            : items.SelectMany((item, i) => Permute([.. items[..i], .. items[(i + 1)..]]).Select(rest => rest.Prepend(item)));
}
