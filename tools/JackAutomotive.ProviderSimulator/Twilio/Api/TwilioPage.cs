using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Extensions;

namespace JackAutomotive.ProviderSimulator.Twilio.Api;

/// <summary>A page of a list in Twilio's API.</summary>
internal static class TwilioPage
{
    private const int DefaultPageSize = 50;
    private const int MaxPageSize = 1000;

    /// <summary>Creates the page that the request asks for.</summary>
    /// <param name="request">The request, with <c>PageSize</c>, <c>Page</c> and <c>PageToken</c> in its query.</param>
    /// <param name="name">The list's name in the answer.</param>
    /// <param name="records">All records that match the request, newest first.</param>
    /// <param name="getSid">Returns the id of a record. The token of a page contains the id of the record before it.</param>
    /// <param name="answer">Returns a record as the API shows it.</param>
    public static IResult Create<T, TAnswer>(
        HttpRequest request, string name, IReadOnlyList<T> records, Func<T, string> getSid, Func<T, TAnswer> answer)
    {
        var size = Math.Clamp(ReadNumber(request, "PageSize") ?? DefaultPageSize, 1, MaxPageSize);
        var page = Math.Max(ReadNumber(request, "Page") ?? 0, 0);
        var start = page * size;
        if (request.Query["PageToken"].ToString() is { Length: > 2 } token)
        {
            start = records.TakeWhile(record => getSid(record) != token[2..]).Count() + 1;
        }

        List<T> shown = [.. records.Skip(start).Take(size)];
        var hasNext = start + shown.Count < records.Count;
        var body = new JsonObject
        {
            ["first_page_uri"] = UriOf(request, size, 0, null),
            ["end"] = Math.Max((page * size) + shown.Count - 1, 0),
            ["previous_page_uri"] = page > 0 ? UriOf(request, size, page - 1, null) : null,
            ["page"] = page,
            ["page_size"] = size,
            ["start"] = page * size,
            ["uri"] = request.Path + request.QueryString.ToString(),
            ["next_page_uri"] = hasNext ? UriOf(request, size, page + 1, "PA" + getSid(shown[^1])) : null,
            [name] = JsonSerializer.SerializeToNode(shown.Select(answer), TwilioJson.Options),
        };
        return TypedResults.Json(body, TwilioJson.Options);
    }

    private static int? ReadNumber(HttpRequest request, string name) =>
        int.TryParse(request.Query[name], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string UriOf(HttpRequest request, int size, int page, string? token)
    {
        var query = new QueryBuilder();
        foreach (var (key, values) in request.Query.Where(field => field.Key is not ("PageSize" or "Page" or "PageToken")))
        {
            query.Add(key, values.OfType<string>());
        }

        query.Add("PageSize", TwilioJson.FormatNumber(size));
        query.Add("Page", TwilioJson.FormatNumber(page));
        if (token is not null)
        {
            query.Add("PageToken", token);
        }

        return request.Path + query.ToString();
    }
}
