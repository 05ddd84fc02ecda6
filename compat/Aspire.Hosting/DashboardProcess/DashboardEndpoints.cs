using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Dashboard;

/// <summary>The addresses that the dashboard is configured with.</summary>
internal static class DashboardEndpoints
{
    /// <summary>The address that people open; null to have one chosen.</summary>
    public static string? Frontend(IConfiguration configuration) =>
        configuration["ASPNETCORE_URLS"] is { Length: > 0 } urls ? urls.Split(';')[0] : null;

    /// <summary>The address that telemetry is sent to over gRPC.</summary>
    public static string? Otlp(IConfiguration configuration) => Setting(configuration, "DASHBOARD_OTLP_ENDPOINT_URL");

    /// <summary>The address that telemetry is sent to over HTTP.</summary>
    public static string? OtlpHttp(IConfiguration configuration) => Setting(configuration, "DASHBOARD_OTLP_HTTP_ENDPOINT_URL");

    // Every setting has an older name.
    private static string? Setting(IConfiguration configuration, string name) =>
        new[] { configuration["ASPIRE_" + name], configuration["DOTNET_" + name] }.FirstOrDefault(value => !string.IsNullOrEmpty(value));
}
