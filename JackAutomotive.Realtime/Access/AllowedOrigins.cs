using JackAutomotive.Access;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace JackAutomotive.Realtime.Access;

/// <summary>The origins whose pages may open streams and read the answers.</summary>
internal sealed class AllowedOrigins
{
    public const string Setting = "STREAM_ALLOWED_ORIGINS";

    /// <summary>Name of the CORS policy of the streams.</summary>
    public const string Policy = "streams";

    /// <summary>
    /// The origins exactly as a browser writes them, such as <c>https://console.example.com</c>. If the list is empty, only pages of this
    /// service's own origin may open streams.
    /// </summary>
    public IReadOnlyList<string> Origins { get; set; } = [];
}

internal sealed class ValidateAllowedOrigins : IValidateOptions<AllowedOrigins>
{
    public ValidateOptionsResult Validate(string? name, AllowedOrigins options)
    {
        var invalid = options.Origins.Where(origin => !IsOrigin(origin)).ToArray();
        return invalid.Length == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"The setting {AllowedOrigins.Setting} has values that are not origins: {string.Join(", ", invalid)}. An origin is http or https, a "
                + "host in lower case and, if it is not the default, a port, without a slash at the end: https://console.example.com. "
                + "Wildcards are not supported; list every origin, separated by commas.");
    }

    // CORS compares origins as strings, so the text must be the serialization that browsers send (RFC 6454, section 6.2).
    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
        && !uri.Host.Contains('*', StringComparison.Ordinal)
        && text == $"{uri.Scheme}://{uri.IdnHost}{(uri.IsDefaultPort ? "" : $":{uri.Port}")}";
}

internal static class AllowedOriginsExtensions
{
    private static readonly TimeSpan s_preflightMaxAge = TimeSpan.FromMinutes(10);

    public static void AddAllowedOrigins(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<AllowedOrigins>, ValidateAllowedOrigins>();
        builder.Services.AddOptionsWithValidateOnStart<AllowedOrigins>().Configure<IConfiguration>((options, configuration) =>
            options.Origins = SecretList.Parse(configuration[AllowedOrigins.Setting]));

        // The policy does not allow credentials: the page itself holds the token, and no stream uses a cookie.
        builder.Services.AddCors();
        builder.Services.AddOptions<CorsOptions>().Configure<IOptions<AllowedOrigins>>((cors, allowed) =>
            cors.AddPolicy(AllowedOrigins.Policy, policy => policy
                .WithOrigins([.. allowed.Value.Origins])
                .WithMethods(HttpMethods.Get)
                .WithHeaders(HeaderNames.Authorization, HeaderNames.CacheControl, "Last-Event-ID")
                .WithExposedHeaders(HeaderNames.RetryAfter, HeaderNames.WWWAuthenticate)
                .SetPreflightMaxAge(s_preflightMaxAge)));
    }
}
