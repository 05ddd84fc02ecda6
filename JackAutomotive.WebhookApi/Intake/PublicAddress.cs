using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>The public address under which providers reach this service.</summary>
internal sealed class PublicAddressOptions
{
    /// <summary>
    /// The setting PUBLIC_BASE_URL: the scheme, host, optional port and optional path before the request target, for example
    /// <c>https://hooks.example.com</c>. If empty, scheme and host of the request are used.
    /// </summary>
    public string BaseUrl { get; set; } = "";

    /// <summary>
    /// The setting TRUSTED_PROXIES: the addresses or networks, comma-separated, whose X-Forwarded-* headers are trusted. If empty, no
    /// proxy is trusted.
    /// </summary>
    public string TrustedProxies { get; set; } = "";

    /// <summary>Parses the trusted networks; a single address becomes a network of one address.</summary>
    /// <exception cref="FormatException">An entry is neither an address nor a network.</exception>
    public IReadOnlyList<System.Net.IPNetwork> ParseTrustedProxies() =>
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
            options.ParseTrustedProxies();
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
/// Builds the URL that a provider signed: the configured base URL, else scheme and host of the request or of a trusted proxy, followed by the
/// raw request target. A decoded path cannot replace the target, because decoding loses the signed escape sequences.
/// </summary>
internal sealed class PublicAddress(IOptions<PublicAddressOptions> options, IServer server)
{
    private readonly string _base = options.Value.BaseUrl.TrimEnd('/');

    /// <summary>Returns the full URL of a request with its escape sequences unchanged.</summary>
    public string BuildSignedUrl(HttpRequest request)
    {
        var target = GetTarget(request);
        return _base.Length > 0 ? _base + target : $"{request.Scheme}://{request.Host.Value}{target}";
    }

    /// <summary>
    /// Returns the URL at which a provider reaches a path of this service: the configured base URL, else the address of this process, which only a
    /// provider on the same machine reaches, such as the simulator. Returns null before the process listens.
    /// </summary>
    public Uri? FindUrl(string path)
    {
        var own = _base.Length > 0 ? _base : server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
        return own is not null && Uri.TryCreate(own.TrimEnd('/') + path, UriKind.Absolute, out var url) ? url : null;
    }

    private static string GetTarget(HttpRequest request)
    {
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target.StartsWith('/'))
        {
            return target;
        }

        // The target has the absolute form that some proxies send: http://host/path?query.
        var schemeEnd = target.IndexOf("://", StringComparison.Ordinal);
        var pathStart = schemeEnd < 0 ? -1 : target.IndexOf('/', schemeEnd + 3);
        return pathStart < 0 ? "/" : target[pathStart..];
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
            // The framework trusts the local machine by default. This service trusts only the configured proxies.
            forwarded.KnownIPNetworks.Clear();
            forwarded.KnownProxies.Clear();
            foreach (var network in address.Value.ParseTrustedProxies())
            {
                forwarded.KnownIPNetworks.Add(network);
            }

            // The middleware would trust every sender if no network were configured.
            forwarded.ForwardedHeaders = forwarded.KnownIPNetworks.Count == 0 ? ForwardedHeaders.None : ForwardedHeaders.All;
            forwarded.ForwardLimit = null;
        });
    }
}
