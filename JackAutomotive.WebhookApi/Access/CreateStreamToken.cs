using System.Security.Claims;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Access;

/// <summary>A stream token and its expiry time.</summary>
internal sealed record IssuedStreamToken(string Token, DateTimeOffset ExpiresAt);

/// <summary>
/// <c>POST /api/stream-tokens</c>: issues a token that opens streams in a browser. A client program requests the token with its API key on behalf
/// of a viewer, so the API key itself never reaches a browser. The body and each of its fields are optional:
/// <code>{"name": "Ann", "leads": ["01890a5d-ac96-774b-bcce-b302099a8057"], "lifetimeSeconds": 600}</code>
/// </summary>
internal static class CreateStreamToken
{
    public static Results<Created<IssuedStreamToken>, ValidationProblem, ProblemHttpResult> Handle(
        JsonElement? body,
        ClaimsPrincipal user,
        HttpContext context,
        StreamTokens tokens,
        WebhookApiMetrics metrics,
        TimeProvider time)
    {
        var keyName = user.Identity?.Name ?? "";
        var request = StreamTokenRequest.Read(body, out var errors);
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        if (!tokens.AreConfigured)
        {
            return Problems.StreamTokensNotConfigured();
        }

        var expiresAt = DateTimeOffset.FromUnixTimeSeconds((time.GetUtcNow() + request.Lifetime).ToUnixTimeSeconds());
        var token = tokens.Sign(new StreamToken(keyName, request.Name ?? keyName, request.Leads, expiresAt));
        metrics.CountStreamToken(request.Leads is null ? "all" : "named");
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created((string?)null, new IssuedStreamToken(token, expiresAt));
    }
}
