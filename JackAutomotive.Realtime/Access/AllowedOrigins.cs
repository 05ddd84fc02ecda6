using JackAutomotive.Contract;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace JackAutomotive.Realtime.Access;

/// <summary>The sites whose pages may open streams and read what is answered.</summary>
internal sealed class AllowedOrigins
{
    public const string Setting = "STREAM_ALLOWED_ORIGINS";

    /// <summary>Name of the CORS policy of the streams.</summary>
    public const string Policy = "streams";

    /// <summary>Exactly as a browser writes them, such as <c>https://console.example.com</c>. None: only pages of this very origin.</summary>
    public IReadOnlyList<string> Origins { get; set; } = [];
}

internal sealed class ValidateAllowedOrigins : IValidateOptions<AllowedOrigins>
{
    public ValidateOptionsResult Validate(string? name, AllowedOrigins options)
    {
        var wrong = options.Origins.Where(origin => !IsOrigin(origin)).ToArray();
        return wrong.Length == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"The setting {AllowedOrigins.Setting} names what is no origin: {string.Join(", ", wrong)}. An origin is http or https, a host in "
                + "lower case and, if it is not the usual one, a port, without a slash at the end: https://console.example.com. "
                + "There are no wildcards; name each one, separated by commas.");
    }

    // As browsers write it (RFC 6454, section 6.2), since it is compared by the letter.
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

        // No credentials: a stream is opened with a token that the page itself holds, never with a cookie.
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
