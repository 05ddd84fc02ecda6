using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace JackAutomotive.Realtime.Access;

/// <summary>
/// A token from the query string, <c>?access_token=</c> (RFC 6750, section 2.3), because a browser's EventSource cannot send a header. The
/// token is removed from the URL before any other component sees the request.
/// </summary>
internal sealed class QueryToken(string value)
{
    public const string Parameter = "access_token";

    /// <summary>The token. Empty after authentication, because a long stream does not need to keep the token in memory.</summary>
    public string Value { get; private set; } = value;

    /// <summary>Clears <see cref="Value"/>.</summary>
    public void Forget() => Value = "";

    /// <summary>Moves the token from the request's query string into a feature.</summary>
    public static void TakeFrom(IFeatureCollection features)
    {
        var request = features.Get<IHttpRequestFeature>();
        if (request?.QueryString is { Length: > 1 } query && Split(query) is ({ } token, var remaining))
        {
            request.QueryString = remaining;
            request.RawTarget = request.RawTarget.Split('?')[0] + remaining;
            features.Set(new QueryToken(token));
        }
    }

    /// <summary>Splits a query into the token and the remaining query. The first of several tokens is used, and all are removed.</summary>
    internal static (string? Token, string Remaining) Split(string query)
    {
        string? token = null;
        var remaining = QueryString.Empty;
        foreach (var pair in new QueryStringEnumerable(query))
        {
            var name = pair.DecodeName();
            if (name.Span.Equals(Parameter, StringComparison.OrdinalIgnoreCase))
            {
                token ??= pair.DecodeValue().ToString();
            }
            else
            {
                remaining = remaining.Add(name.ToString(), pair.DecodeValue().ToString());
            }
        }

        return (token, token is null ? query : remaining.Value ?? "");
    }
}

/// <summary>
/// Removes the token from each request before the server writes its own log line, span and metrics for the request. Middleware runs too
/// late for that.
/// </summary>
internal sealed class QueryTokenContextFactory(IServiceProvider services) : IHttpContextFactory
{
    private readonly DefaultHttpContextFactory _contexts = new(services);

    public HttpContext Create(IFeatureCollection featureCollection)
    {
        QueryToken.TakeFrom(featureCollection);
        return _contexts.Create(featureCollection);
    }

    public void Dispose(HttpContext httpContext) => _contexts.Dispose(httpContext);
}
