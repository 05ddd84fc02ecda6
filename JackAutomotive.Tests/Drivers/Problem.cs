using System.Text.Json.Nodes;

namespace JackAutomotive.Tests.Drivers;

/// <summary>Checks that an error of the API is a problem details document (RFC 9457).</summary>
internal static class Problem
{
    /// <summary>Checks the media type, the status, the title and, if one is given, the type. Fails if the text contains a secret.</summary>
    public static async Task<JsonNode> AssertAsync(HttpResponseMessage answer, string? type = null, params string[] secrets)
    {
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        foreach (var secret in secrets)
        {
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        }

        var problem = JsonNode.Parse(text)!;
        Assert.Equal((int)answer.StatusCode, (int)problem["status"]!);
        Assert.NotEmpty((string)problem["title"]!);
        if (type is not null)
        {
            Assert.Equal(type, (string?)problem["type"]);
        }

        return problem;
    }
}
