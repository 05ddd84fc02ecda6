extern alias realtime;

using Microsoft.Extensions.Options;
using realtime::JackAutomotive.Contract;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>Makes stream tokens as WebhookApi does, of any life.</summary>
internal static class StreamTokenMaker
{
    public static string Token(
        TimeSpan? lifetime = null,
        LeadId[]? leads = null,
        string name = "Ann",
        string key = "console",
        string secret = RealtimeFixture.TokenSecret)
    {
        var tokens = new StreamTokens(Options.Create(new StreamTokenOptions { Secrets = [secret] }), TimeProvider.System);
        return tokens.Sign(new StreamToken(key, name, leads, DateTimeOffset.UtcNow + (lifetime ?? TimeSpan.FromMinutes(10))));
    }

    /// <summary>As a browser sends it.</summary>
    public static string Query(string token) => $"?access_token={token}";
}
