using System.Security.Claims;
using System.Text.Json;
using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Features.Access;

/// <summary>A token, and when it stops being good.</summary>
internal sealed record IssuedStreamToken(string Token, DateTimeOffset ExpiresAt);

/// <summary>
/// <c>POST /api/stream-tokens</c>: a token with which a browser opens streams. A program asks for it, with its API key, for somebody
/// whom it knows; the key itself never gets into a browser. Everything in the body may be left out, and so may the body:
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
        var key = user.Identity?.Name ?? "";
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
        var token = tokens.Sign(new StreamToken(key, request.Name ?? key, request.Leads, expiresAt));
        metrics.StreamTokenIssued(request.Leads is null ? "all" : "named");
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created((string?)null, new IssuedStreamToken(token, expiresAt));
    }
}
