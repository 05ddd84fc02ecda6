using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace JackAutomotive.Access;

/// <summary>
/// Registers authentication by API key, for programs that send <c>Authorization: Bearer &lt;key&gt;</c>. A route or a group requires a scope
/// with <c>RequireAuthorization(ApiKeys.Read)</c>. No scope includes another scope.
/// </summary>
public static class ApiKeys
{
    /// <summary>The name of the authentication scheme.</summary>
    public const string Scheme = "ApiKey";

    /// <summary>The scope to read leads and watch streams. The policy that requires a scope has the same name as the scope.</summary>
    public const string Read = "read";

    /// <summary>The scope to change leads, send texts and start calls.</summary>
    public const string Write = "write";

    /// <summary>The scope to manage API keys and replay deliveries.</summary>
    public const string Admin = "admin";

    /// <summary>All scopes.</summary>
    public static readonly string[] AllScopes = [Read, Write, Admin];

    /// <summary>The type of the claims that carry a key's scopes, one claim for each scope.</summary>
    public const string ScopeClaim = "scope";

    /// <summary>The type of the claim that carries the key's id, see <see cref="ApiKey.Id"/>.</summary>
    public const string IdClaim = "key_id";

    /// <summary>
    /// Registers the scheme and one policy per scope. Keys are looked up in <c>api_keys</c> through the registered
    /// <see cref="Npgsql.NpgsqlDataSource"/>. The pipeline needs <c>UseAuthentication</c> and <c>UseAuthorization</c>.
    /// </summary>
    public static IHostApplicationBuilder AddApiKeys(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<ApiKeyStore>();
        builder.Services.AddAuthentication(Scheme).AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(Scheme, null);

        var authorization = builder.Services.AddAuthorizationBuilder();
        foreach (var scope in AllScopes)
        {
            authorization.AddPolicy(scope, policy => policy.AddAuthenticationSchemes(Scheme).RequireClaim(ScopeClaim, scope));
        }

        return builder;
    }
}
