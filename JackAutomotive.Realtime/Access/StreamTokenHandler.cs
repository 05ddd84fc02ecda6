using System.Text.Encodings.Web;
using JackAutomotive.Contract;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace JackAutomotive.Realtime.Access;

/// <summary>
/// Authenticates a stream token: as <c>Authorization: Bearer &lt;token&gt;</c>, or, for a stream, in the address. Refusals are problem
/// details: 401 for one that is no longer or never was good, 403 for another lead's, 503 while no token can be checked.
/// </summary>
internal sealed class StreamTokenHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory loggerFactory,
    UrlEncoder encoder,
    StreamTokens tokens,
    AccessMetrics metrics) : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggerFactory, encoder)
{
    /// <summary>Name of the authentication scheme.</summary>
    public new const string Scheme = "StreamToken";

    private const string Prefix = "Bearer ";

    private StreamTokenVerdict _verdict;

    /// <summary>
    /// The token that a request is made with; null if it has none, and an API key perhaps. What a token looks like no API key does:
    /// two dots, and first of all an encoded brace.
    /// </summary>
    public static string? FindToken(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (header.Length == 0)
        {
            return context.IsStream() ? context.Features.Get<QueryToken>()?.Value : null;
        }

        return header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
            && header[Prefix.Length..].Trim() is var token && token.StartsWith("eyJ", StringComparison.Ordinal) && token.Count(c => c == '.') == 2
            ? token
            : null;
    }

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (FindToken(Context) is not { } text)
        {
            return AuthenticateResult.NoResult();
        }

        Context.Features.Get<QueryToken>()?.Forget();
        (_verdict, var token) = await tokens.ReadAsync(text);
        return token is null
            ? AuthenticateResult.Fail("no good token")
            : AuthenticateResult.Success(new AuthenticationTicket(Viewer.PrincipalOf(token, Scheme), Scheme));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (!tokens.AreConfigured)
        {
            return RefuseAsync("token-not-configured", Problems.TokensNotConfigured());
        }

        Response.Headers.Append(HeaderNames.WWWAuthenticate, "Bearer error=\"invalid_token\"");
        return _verdict == StreamTokenVerdict.Expired
            ? RefuseAsync("token-expired", Problems.TokenExpired())
            : RefuseAsync("token-invalid", Problems.TokenInvalid());
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        Response.Headers.Append(HeaderNames.WWWAuthenticate, "Bearer error=\"insufficient_scope\"");
        return RefuseAsync("lead-not-allowed", Problems.LeadNotAllowed());
    }

    private Task RefuseAsync(string reason, ProblemHttpResult problem)
    {
        metrics.Refused(reason);
        return problem.ExecuteAsync(Context);
    }
}
