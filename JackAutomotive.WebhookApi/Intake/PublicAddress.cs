using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>Under which address providers reach this service.</summary>
internal sealed class PublicAddressOptions
{
    /// <summary>
    /// Setting PUBLIC_BASE_URL: scheme, host, optional port and path that come before the request target, for example
    /// <c>https://hooks.example.com</c>. Empty: what the request says of itself.
    /// </summary>
    public string BaseUrl { get; set; } = "";

    /// <summary>
    /// Setting TRUSTED_PROXIES: addresses or networks, comma-separated, whose X-Forwarded-* headers are believed. Empty: nobody's.
    /// </summary>
    public string TrustedProxies { get; set; } = "";

    /// <summary>The trusted networks; single addresses are networks of one.</summary>
    /// <exception cref="FormatException">One of them is not an address or a network.</exception>
    public IReadOnlyList<System.Net.IPNetwork> ReadTrustedProxies() =>
        [.. TrustedProxies.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(ParseNetwork)];

    private static System.Net.IPNetwork ParseNetwork(string text) =>
        System.Net.IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new System.Net.IPNetwork(address, address.GetAddressBytes().Length * 8)
        : throw new FormatException($"'{text}' is neither an address nor a network.");
}

internal sealed class ValidatePublicAddressOptions : IValidateOptions<PublicAddressOptions>
{
    public ValidateOptionsResult Validate(string? name, PublicAddressOptions options)
    {
        if (options.BaseUrl.Length > 0 && !IsBaseUrl(options.BaseUrl))
        {
            return ValidateOptionsResult.Fail("PUBLIC_BASE_URL must be an absolute http or https address without query and fragment.");
        }

        try
        {
            options.ReadTrustedProxies();
            return ValidateOptionsResult.Success;
        }
        catch (FormatException e)
        {
            return ValidateOptionsResult.Fail($"TRUSTED_PROXIES: {e.Message}");
        }
    }

    private static bool IsBaseUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
        && url.Query.Length == 0 && url.Fragment.Length == 0;
}

/// <summary>
/// The address that a provider signed: the configured base, else scheme and host of the request (or of a trusted proxy), and
/// then the request target as it came over the wire. Decoded paths cannot be turned back into what was signed.
/// </summary>
internal sealed class PublicAddress(IOptions<PublicAddressOptions> options)
{
    private readonly string _base = options.Value.BaseUrl.TrimEnd('/');

    /// <summary>The full address of a request, to the letter.</summary>
    public string Of(HttpRequest request)
    {
        var target = TargetOf(request);
        return _base.Length > 0 ? _base + target : $"{request.Scheme}://{request.Host.Value}{target}";
    }

    private static string TargetOf(HttpRequest request)
    {
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target.StartsWith('/'))
        {
            return target;
        }

        // Absolute form, as some proxies send it: http://host/path?query.
        var authority = target.IndexOf("://", StringComparison.Ordinal);
        var path = authority < 0 ? -1 : target.IndexOf('/', authority + 3);
        return path < 0 ? "/" : target[path..];
    }
}

internal static class PublicAddressExtensions
{
    public static void AddPublicAddress(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<PublicAddress>();
        builder.Services.AddSingleton<IValidateOptions<PublicAddressOptions>, ValidatePublicAddressOptions>();
        builder.Services.AddOptionsWithValidateOnStart<PublicAddressOptions>().Configure<IConfiguration>((options, configuration) =>
        {
            options.BaseUrl = configuration["PUBLIC_BASE_URL"] ?? "";
            options.TrustedProxies = configuration["TRUSTED_PROXIES"] ?? "";
        });

        builder.Services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<PublicAddressOptions>>((forwarded, address) =>
        {
            // The framework trusts the local machine by default; here only what was configured is trusted.
            forwarded.KnownIPNetworks.Clear();
            forwarded.KnownProxies.Clear();
            foreach (var network in address.Value.ReadTrustedProxies())
            {
                forwarded.KnownIPNetworks.Add(network);
            }

            // No network at all would mean "trust everybody" to the middleware.
            forwarded.ForwardedHeaders = forwarded.KnownIPNetworks.Count == 0 ? ForwardedHeaders.None : ForwardedHeaders.All;
            forwarded.ForwardLimit = null;
        });
    }
}
