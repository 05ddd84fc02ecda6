using JackAutomotive.Contracts;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>Creates stream tokens as WebhookApi does, with any lifetime.</summary>
internal static class StreamTokenMaker
{
    public static string Token(
        TimeSpan? lifetime = null,
        LeadId[]? leads = null,
        string name = "Ann",
        string key = "console",
        string secret = RealtimeFixture.TokenSecret)
    {
        var tokens = new StreamTokens([secret], TimeProvider.System);
        return tokens.Sign(new StreamToken(key, name, leads, DateTimeOffset.UtcNow + (lifetime ?? TimeSpan.FromMinutes(10))));
    }

    /// <summary>The query string with which a browser sends the token.</summary>
    public static string Query(string token) => $"?access_token={token}";
}
