using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace JackAutomotive.Access;

/// <summary>
/// Authenticates <c>Authorization: Bearer &lt;key&gt;</c>, with a key of 1 to 256 characters. Refusals are problem details (RFC 9457): 401 for a
/// missing or unknown key, 403 with the name of the missing scope, and 503 with <c>Retry-After: 5</c> while Postgres is unavailable and the
/// key was not seen before.
/// </summary>
public sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory loggerFactory,
    UrlEncoder encoder,
    ApiKeyStore keys) : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggerFactory, encoder)
{
    private const string Prefix = "Bearer ";
    private const int MaxKeyLength = 256;

    private bool _isUnavailable;
    private bool _isRefused;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return AuthenticateResult.NoResult();
        }

        var key = header[Prefix.Length..].Trim();
        if (key.Length is 0 or > MaxKeyLength)
        {
            return Refuse();
        }

        try
        {
            var owner = await keys.FindAsync(key, Context.RequestAborted);
            return owner is null ? Refuse() : AuthenticateResult.Success(new AuthenticationTicket(CreatePrincipal(owner), Scheme.Name));
        }
        catch (ApiKeysUnavailableException e)
        {
            _isUnavailable = true;
            return AuthenticateResult.Fail(e);
        }
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (_isUnavailable)
        {
            Response.Headers.RetryAfter = "5";
            return WriteProblemAsync(
                StatusCodes.Status503ServiceUnavailable, "API keys cannot be checked right now", "Try again in a few seconds.");
        }

        Response.Headers.Append(HeaderNames.WWWAuthenticate, _isRefused ? "Bearer error=\"invalid_token\"" : "Bearer");
        return _isRefused
            ? WriteProblemAsync(StatusCodes.Status401Unauthorized, "Unknown API key", "The key is wrong, was revoked or has expired.")
            : WriteProblemAsync(StatusCodes.Status401Unauthorized, "API key required", "Send the header 'Authorization: Bearer <key>'.");
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        var missing = FindMissingScope();
        Response.Headers.Append(HeaderNames.WWWAuthenticate, $"Bearer error=\"insufficient_scope\", scope=\"{missing}\"");
        return WriteProblemAsync(StatusCodes.Status403Forbidden, "API key without the needed scope", $"This key lacks the scope '{missing}'.");
    }

    private AuthenticateResult Refuse()
    {
        _isRefused = true;
        return AuthenticateResult.Fail("unknown key");
    }

    private ClaimsPrincipal CreatePrincipal(ApiKey owner)
    {
        var scopes = owner.Scopes.Select(scope => new Claim(ApiKeys.ScopeClaim, scope));
        Claim[] claims = [new(ClaimTypes.Name, owner.Name), new(ApiKeys.IdClaim, owner.Id), .. scopes];
        return new ClaimsPrincipal(new ClaimsIdentity(claims, Scheme.Name));
    }

    private string FindMissingScope()
    {
        var required = Context.GetEndpoint()?.Metadata.GetOrderedMetadata<IAuthorizeData>() ?? [];
        return required.Select(data => data.Policy)
            .FirstOrDefault(scope => scope is not null && !Context.User.HasClaim(ApiKeys.ScopeClaim, scope)) ?? "";
    }

    private Task WriteProblemAsync(int status, string title, string detail) =>
        TypedResults.Problem(detail, statusCode: status, title: title).ExecuteAsync(Context);
}
