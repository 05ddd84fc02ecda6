using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>
/// How an application of a test differs from one that a person starts: no dashboard, ports of its own, nothing left afterwards.
/// </summary>
internal static class TestingDefaults
{
    // No address for telemetry: nobody would listen there, and each process would wait for it at its end.
    private static readonly Dictionary<string, string?> s_configuration = new()
    {
        ["DcpPublisher:RandomizePorts"] = "true",
        ["DcpPublisher:WaitForResourceCleanup"] = "true",
        ["ASPNETCORE_URLS"] = "http://localhost:8080",
    };

    public static void Apply(Assembly appHost, DistributedApplicationOptions options, HostApplicationBuilderSettings settings)
    {
        options.AssemblyName = appHost.GetName().Name;
        options.DisableDashboard = true;
        options.AllowUnsecuredTransport = true;

        settings.EnvironmentName ??= Environments.Development;
        settings.Configuration ??= new ConfigurationManager();
        settings.Configuration.AddInMemoryCollection(s_configuration);
    }
}
