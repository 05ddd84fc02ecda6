using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace JackAutomotive.Contract;

/// <summary>
/// Who may call our own API: programs that send <c>Authorization: Bearer &lt;key&gt;</c>. A route or a group says what it needs
/// by <c>RequireAuthorization(ApiKeys.Read)</c>. No scope includes another.
/// </summary>
internal static class ApiKeys
{
    /// <summary>Name of the authentication scheme.</summary>
    public const string Scheme = "ApiKey";

    /// <summary>May read leads and watch streams. Scope and policy have the same name.</summary>
    public const string Read = "read";

    /// <summary>May change leads, send texts and start calls.</summary>
    public const string Write = "write";

    /// <summary>May manage keys and replay deliveries.</summary>
    public const string Admin = "admin";

    /// <summary>Every scope there is.</summary>
    public static readonly string[] AllScopes = [Read, Write, Admin];

    /// <summary>The claim that carries a scope.</summary>
    internal const string ScopeClaim = "scope";

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
