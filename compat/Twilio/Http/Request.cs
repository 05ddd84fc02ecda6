using System.Net;

namespace Twilio.Http;

/// <summary>A request to the API, before it becomes an HTTP message.</summary>
/// <param name="method">GET or POST.</param>
/// <param name="url">Absolute, without the query parameters.</param>
public class Request(HttpMethod method, string url)
{
    private const string DefaultRegion = "us1";

    /// <summary>GET or POST.</summary>
    public HttpMethod Method { get; } = method;

    /// <summary>As given; region and edge come in only when the URL is constructed.</summary>
    public Uri Uri { get; } = new(url);

    /// <summary>User name of the Basic authentication.</summary>
    public string? Username { get; set; }

    /// <summary>Password of the Basic authentication.</summary>
    public string? Password { get; set; }

    /// <summary>Twilio region; null for the default.</summary>
    public string? Region { get; set; }

    /// <summary>Twilio edge location; null for the default.</summary>
    public string? Edge { get; set; }

    /// <summary>Parameters of the query, in order; a name may come several times.</summary>
    public List<KeyValuePair<string, string>> QueryParams { get; } = [];

    /// <summary>Parameters of the form body, in order; a name may come several times.</summary>
    public List<KeyValuePair<string, string>> PostParams { get; } = [];

    /// <summary>Sets both halves of the Basic authentication.</summary>
    public void SetAuth(string username, string password) => (Username, Password) = (username, password);

    /// <summary>The URL to call: with region, edge and query parameters.</summary>
    public Uri ConstructUrl()
    {
        var url = WithRegionAndEdge().AbsoluteUri;
        var query = QueryParams.Select(parameter => $"{WebUtility.UrlEncode(parameter.Key)}={WebUtility.UrlEncode(parameter.Value)}");
        return new Uri(QueryParams.Count == 0 ? url : $"{url}?{string.Join('&', query)}");
    }

    /// <summary>api.twilio.com, api.{region}.twilio.com or api.{edge}.{region}.twilio.com.</summary>
    private Uri WithRegionAndEdge()
    {
        if (Region is null && Edge is null)
        {
            return Uri;
        }

        var pieces = Uri.Host.Split('.');
        var region = Region ?? (pieces.Length is 4 or 5 ? pieces[^3] : null);
        var edge = Edge ?? (pieces.Length == 5 ? pieces[1] : null);
        if (edge is not null)
        {
            region ??= DefaultRegion;
        }

        string?[] parts = [pieces[0], edge, region, .. pieces[^2..]];
        return new UriBuilder(Uri) { Host = string.Join('.', parts.Where(part => !string.IsNullOrEmpty(part))) }.Uri;
    }
}
