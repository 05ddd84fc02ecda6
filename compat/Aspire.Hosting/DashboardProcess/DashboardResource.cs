using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Dashboard;

/// <summary>The dashboard as a resource: a process like any other, only hidden.</summary>
internal static class DashboardResource
{
    public const string Name = "aspire-dashboard";
    public const string OtlpEndpoint = "otlp-grpc";

    private const string OtlpHttpEndpoint = "otlp-http";

    /// <summary>Adds the dashboard, unless the application is to do without.</summary>
    public static IServiceCollection AddDashboard(this IServiceCollection services, DistributedApplicationBuilder builder)
    {
        if (builder.Options.DisableDashboard)
        {
            return services;
        }

        // Kept for later runs where it can be, so that a tool that was given one goes on working.
        SetKey("AppHost:OtlpApiKey", kept: true);
        SetKey("AppHost:DashboardApiKey", kept: true);
        SetKey("AppHost:ResourceService:ApiKey", kept: false);
        builder.Configuration["AppHost:BrowserToken"] ??= builder.Configuration["ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN"];
        SetKey("AppHost:BrowserToken", kept: false);

        builder.Eventing.Subscribe<BeforeStartEvent>((start, _) =>
        {
            start.Model.Resources.Insert(0, Create(builder, start.Services));
            return Task.CompletedTask;
        });
        return services.AddDashboardResourceService();

        void SetKey(string name, bool kept) => builder.Configuration[name] ??=
            kept && builder.UserSecrets is { } secrets ? secrets.GetOrAdd(name, NewKey) : NewKey();
    }

    /// <summary>The link that opens the dashboard and logs in.</summary>
    public static string LoginUrl(ExecutableResource dashboard, IConfiguration configuration)
    {
        var frontend = dashboard.GetEndpoint("http") is { Exists: true } http ? http : dashboard.GetEndpoint("https");
        return IsAnonymous(configuration) ? frontend.Url : $"{frontend.Url}/login?t={configuration["AppHost:BrowserToken"]}";
    }

    private static string NewKey() => Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16));

    private static bool IsAnonymous(IConfiguration configuration) =>
        configuration.GetValue<bool>("ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS");

    private static ExecutableResource Create(DistributedApplicationBuilder builder, IServiceProvider services)
    {
        var configuration = builder.Configuration;
        var path = services.GetRequiredService<DcpOptions>().RequireDashboard();
        var dashboard = new ExecutableResource(Name, path, Path.GetDirectoryName(path)!);
        AddEndpoint(null, DashboardEndpoints.Frontend(configuration) ?? "http://localhost:0", configuration, dashboard);
        AddEndpoint(OtlpEndpoint, DashboardEndpoints.Otlp(configuration) ?? "http://localhost:0", configuration, dashboard);
        if (DashboardEndpoints.OtlpHttp(configuration) is { } otlpHttp)
        {
            AddEndpoint(OtlpHttpEndpoint, otlpHttp, configuration, dashboard);
        }

        builder.CreateResourceBuilder(dashboard)
            .WithInitialState(new CustomResourceSnapshot
            {
                ResourceType = KnownResourceTypes.Executable,
                Properties = [],
                IsHidden = !configuration.GetValue<bool>("ASPIRE_SHOW_DASHBOARD_RESOURCES"),
            })
            // The bundle's program is several tools in one.
            .WithArgs(Path.GetFileNameWithoutExtension(path) == "aspire-managed" ? ["dashboard"] : [])
            .WithEnvironment(context => SetVariablesAsync(
                context.EnvironmentVariables,
                dashboard,
                configuration,
                services,
                context.CancellationToken));
        return dashboard;
    }

    private static void AddEndpoint(string? name, string url, ConfigurationManager configuration, ExecutableResource dashboard)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new DistributedApplicationException($"The dashboard's address '{url}' is not an http or https address.");
        }

        if (uri.Scheme == "http" && !configuration.GetValue<bool>("ASPIRE_ALLOW_UNSECURED_TRANSPORT"))
        {
            throw new DistributedApplicationException(
                $"The dashboard's address '{url}' is not secured. Set ASPIRE_ALLOW_UNSECURED_TRANSPORT=true to allow that, "
                + "for instance in the AppHost's launch profile.");
        }

        dashboard.Annotations.Add(new EndpointAnnotation(
            ProtocolType.Tcp,
            uri.Scheme,
            name: name ?? uri.Scheme,
            port: uri.Port == 0 ? null : uri.Port));
    }

    private static async Task SetVariablesAsync(
        Dictionary<string, object> variables,
        ExecutableResource dashboard,
        ConfigurationManager configuration,
        IServiceProvider services,
        CancellationToken cancellationToken)
    {
        // What the AppHost was told about its dashboard, newest settings included, is meant for it.
        foreach (var (name, value) in configuration.AsEnumerable())
        {
            if (name.StartsWith("ASPIRE_DASHBOARD_", StringComparison.Ordinal) && value is not null)
            {
                variables[name] = value;
            }
        }

        var frontend = dashboard.GetEndpoints().First();
        variables["ASPNETCORE_URLS"] = Listening(frontend);
        variables["ASPNETCORE_ENVIRONMENT"] = services.GetRequiredService<IHostEnvironment>().EnvironmentName;
        variables["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = Listening(dashboard.GetEndpoint(OtlpEndpoint));
        if (dashboard.GetEndpoint(OtlpHttpEndpoint) is { Exists: true } otlpHttp)
        {
            variables["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] = Listening(otlpHttp);
        }

        var resourceServiceHost = services.GetRequiredService<DashboardServiceHost>();
        var resourceService = await resourceServiceHost.AddressAsync(cancellationToken).ConfigureAwait(false);
        variables["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = resourceService.ToString();
        variables["DASHBOARD__RESOURCESERVICECLIENT__AUTHMODE"] = "ApiKey";
        variables["DASHBOARD__RESOURCESERVICECLIENT__APIKEY"] = configuration["AppHost:ResourceService:ApiKey"]!;
        variables["DASHBOARD__FRONTEND__PUBLICURL"] = frontend;
        variables["DASHBOARD__FRONTEND__AUTHMODE"] = IsAnonymous(configuration) ? "Unsecured" : "BrowserToken";
        variables["DASHBOARD__FRONTEND__BROWSERTOKEN"] = configuration["AppHost:BrowserToken"]!;
        variables["DASHBOARD__OTLP__AUTHMODE"] = IsAnonymous(configuration) ? "Unsecured" : "ApiKey";
        variables["DASHBOARD__OTLP__PRIMARYAPIKEY"] = configuration["AppHost:OtlpApiKey"]!;
        variables["DASHBOARD__API__AUTHMODE"] = IsAnonymous(configuration) ? "Unsecured" : "ApiKey";
        variables["DASHBOARD__API__PRIMARYAPIKEY"] = configuration["AppHost:DashboardApiKey"]!;
        variables["ASPIRE_DASHBOARD_API_ENABLED"] = "true";
        variables["LOGGING__CONSOLE__FORMATTERNAME"] = "json";
    }

    private static ReferenceExpression Listening(EndpointReference endpoint) =>
        ReferenceExpression.Create($"{endpoint.Scheme}://localhost:{endpoint.Property(EndpointProperty.TargetPort)}");
}
