using JackAutomotive.WebhookApi.Outbound;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Providers;

/// <summary>Registers the HTTP clients of the providers' APIs.</summary>
internal static class ProviderHttp
{
    /// <summary>
    /// Adds a client without the retries and the circuit breaker of the service defaults: the jobs decide about attempts, and
    /// <see cref="Outbound.Jobs.ProviderBreakers"/> about pauses, with the knowledge of what may have reached the provider.
    /// </summary>
    public static IHttpClientBuilder AddProviderClient(this IServiceCollection services, string name)
    {
        var client = services.AddHttpClient(name)
            .ConfigureHttpClient((provider, http) => http.Timeout = provider.GetRequiredService<IOptions<OutboundOptions>>().Value.ProviderTimeout);
#pragma warning disable EXTEXP0001 // The package has no other way to leave the handler of the defaults out of one client.
        client.RemoveAllResilienceHandlers();
#pragma warning restore EXTEXP0001
        return client;
    }

    /// <summary>Reads the base address of an API; null if the setting is missing.</summary>
    /// <exception cref="FormatException">The setting is no http or https address.</exception>
    public static Uri? ReadBaseUrl(IConfiguration configuration, string setting) =>
        ReadText(configuration, setting) is not { } text ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Query.Length == 0 ? url
        : throw new FormatException($"The setting {setting} is not an http or https address. Write it like https://api.example.com.");

    /// <summary>Reads a setting; null if it is missing or empty.</summary>
    public static string? ReadText(IConfiguration configuration, string setting) =>
        configuration[setting]?.Trim() is { Length: > 0 } text ? text : null;
}
