using System.Reflection;

namespace Aspire.Hosting;

/// <summary>What the build put into the AppHost's assembly.</summary>
internal static class AppHostMetadata
{
    public const string ProjectPath = "apphostprojectpath";
    public const string ProjectName = "apphostprojectname";
    public const string DcpPath = "dcpclipath";
    public const string DashboardPath = "aspiredashboardpath";

    /// <summary>Followed by the path of a referenced project: the path of its output.</summary>
    public const string TargetPathPrefix = "aspireprojecttargetpath:";

    public static string? Of(Assembly? assembly, string key) =>
        assembly?.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(a => string.Equals(a.Key, key, StringComparison.OrdinalIgnoreCase) && a.Value is { Length: > 0 })?.Value;
}
