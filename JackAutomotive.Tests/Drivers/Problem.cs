using System.Text.Json.Nodes;

namespace JackAutomotive.Tests.Drivers;

/// <summary>What every error of the API must be: problem details (RFC 9457).</summary>
internal static class Problem
{
    /// <summary>Checks media type, status and title, and the type if one is given.</summary>
    public static async Task<JsonNode> AssertAsync(HttpResponseMessage answer, string? type = null, params string[] mustNotSay)
    {
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        foreach (var secret in mustNotSay)
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
