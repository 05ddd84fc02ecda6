using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Dcp;

/// <summary>Where the orchestrator and the dashboard are, and how the orchestrator is used.</summary>
internal sealed class DcpOptions
{
    private string? _dashboard;

    /// <summary>The orchestrator's program; null if there is none.</summary>
    public string? Cli { get; private init; }

    /// <summary>True to choose the ports that others connect to, whatever the application says.</summary>
    public bool RandomizePorts { get; private init; }

    /// <summary>True to wait at the end until every process is gone.</summary>
    public bool WaitForResourceCleanup { get; private init; }

    /// <summary>
    /// Looks in the AppHost's configuration, then in the environment, then at what the build said, then where the Aspire
    /// CLI puts its bundle.
    /// </summary>
    public static DcpOptions From(IConfiguration configuration, Assembly? appHost) => new()
    {
        Cli = First(
            configuration["DcpPublisher:CliPath"],
            configuration["ASPIRE_DCP_PATH"] is { Length: > 0 } folder ? Path.Combine(folder, "dcp") : null,
            AppHostMetadata.Of(appHost, AppHostMetadata.DcpPath),
            Bundled(configuration, "dcp", "dcp")),
        _dashboard = First(
            configuration["DcpPublisher:DashboardPath"],
            configuration["ASPIRE_DASHBOARD_PATH"],
            AppHostMetadata.Of(appHost, AppHostMetadata.DashboardPath),
            Bundled(configuration, "managed", "aspire-managed")),
        RandomizePorts = configuration.GetValue<bool>("DcpPublisher:RandomizePorts"),
        WaitForResourceCleanup = configuration.GetValue<bool>("DcpPublisher:WaitForResourceCleanup"),
    };

    /// <exception cref="DistributedApplicationException">There is none.</exception>
    public string RequireCli() => Require(Cli, "The Aspire orchestrator (dcp)");

    /// <exception cref="DistributedApplicationException">There is none.</exception>
    public string RequireDashboard() => Require(_dashboard, "The Aspire dashboard");

    private static string Bundled(IConfiguration configuration, string folder, string file)
    {
        var home = configuration["ASPIRE_HOME"] is { Length: > 0 } set
            ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".aspire");
        return Path.Combine(home, "bundle", folder, file);
    }

    private static string? First(params string?[] paths) => Array.Find(paths, path => !string.IsNullOrEmpty(path));

    private static string Require(string? path, string what) => File.Exists(path)
        ? path
        : throw new DistributedApplicationException($"{what} is not at '{path}': run ./run.sh once; it installs it.");
}
