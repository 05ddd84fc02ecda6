using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace JackAutomotive.Realtime.Access;

/// <summary>
/// A token that came in the address, <c>?access_token=</c> (RFC 6750, section 2.3), because a browser's EventSource cannot send a
/// header. It is taken out of the address before anything sees the request.
/// </summary>
internal sealed class QueryToken(string value)
{
    public const string Parameter = "access_token";

    /// <summary>The token; empty once it was read: a stream lives long and has no more need of it.</summary>
    public string Value { get; private set; } = value;

    public void Forget() => Value = "";

    /// <summary>Moves the token from the address into a feature.</summary>
    public static void TakeFrom(IFeatureCollection features)
    {
        var request = features.Get<IHttpRequestFeature>();
        if (request?.QueryString is { Length: > 1 } query && Split(query) is ({ } token, var rest))
        {
            request.QueryString = rest;
            request.RawTarget = request.RawTarget.Split('?')[0] + rest;
            features.Set(new QueryToken(token));
        }
    }

    /// <summary>The token in a query, and the query without it. Of several the first one counts, and none stays.</summary>
    internal static (string? Token, string Remaining) Split(string query)
    {
        string? token = null;
        var rest = QueryString.Empty;
        foreach (var pair in new QueryStringEnumerable(query))
        {
            var name = pair.DecodeName();
            if (name.Span.Equals(Parameter, StringComparison.OrdinalIgnoreCase))
            {
                token ??= pair.DecodeValue().ToString();
            }
            else
            {
                rest = rest.Add(name.ToString(), pair.DecodeValue().ToString());
            }
        }

        return (token, token is null ? query : rest.Value ?? "");
    }
}

/// <summary>
/// Hides the token of each request before the server's own log line, its span and its measurements are made: no middleware comes early
/// enough for that.
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
