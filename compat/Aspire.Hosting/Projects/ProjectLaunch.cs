using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

/// <summary>How a project is started: its launch profile, and what the build made of it.</summary>
/// <param name="ProjectPath">The absolute path of the project's file.</param>
/// <param name="TargetPath">The path of its output; null if the build did not say.</param>
/// <param name="ProfileName">The launch profile's name.</param>
/// <param name="Profile">The launch profile.</param>
internal sealed record ProjectLaunch(
    string ProjectPath,
    string? TargetPath,
    string? ProfileName,
    LaunchProfile? Profile) : IResourceAnnotation
{
    // What people write by hand has comments and trailing commas.
    private static readonly JsonSerializerOptions s_lenient = new()
    {
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <summary>The folder that a project is started in: its content root.</summary>
    public string Directory => Path.GetDirectoryName(ProjectPath)!;

    public static ProjectLaunch Of(IProjectMetadata metadata, IDistributedApplicationBuilder builder, ProjectResourceOptions options)
    {
        var path = metadata.ProjectPath;
        if (!File.Exists(path))
        {
            throw new DistributedApplicationException($"Project does not exist: '{path}'.");
        }

        var (name, profile) = options.ExcludeLaunchProfile
            ? (null, null)
            : Choose(metadata.LaunchSettings ?? Read(path), options.LaunchProfileName, builder.Configuration, path);
        return new ProjectLaunch(path, AppHostMetadata.Of(builder.AppHostAssembly, AppHostMetadata.TargetPathPrefix + path), name, profile);
    }

    private static LaunchSettings? Read(string projectPath)
    {
        var path = Path.Combine(Path.GetDirectoryName(projectPath)!, "Properties", "launchSettings.json");
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<LaunchSettings>(File.ReadAllText(path), s_lenient) : null;
        }
        catch (JsonException exception)
        {
            throw new DistributedApplicationException(
                $"Failed to get effective launch profile: there is malformed JSON in '{path}'.",
                exception);
        }
    }

    // The profile that was asked for; else the one that the AppHost itself runs under; else the first.
    private static (string? Name, LaunchProfile? Profile) Choose(
        LaunchSettings? settings,
        string? asked,
        ConfigurationManager configuration,
        string projectPath)
    {
        if (asked is not null)
        {
            return settings?.Profiles.TryGetValue(asked, out var named) == true
                ? (asked, named)
                : throw new DistributedApplicationException(
                    $"Launch profile '{asked}' does not exist in the launch settings of '{projectPath}'.");
        }

        var own = configuration["AppHost:DefaultLaunchProfileName"] ?? configuration["DOTNET_LAUNCH_PROFILE"];
        if (own is not null && settings?.Profiles.TryGetValue(own, out var same) == true && same.CommandName == "Project")
        {
            return (own, same);
        }

        var first = settings?.Profiles.FirstOrDefault(p => p.Value.CommandName == "Project");
        return (first?.Key, first?.Value);
    }
}

/// <summary>A project that is named by its path.</summary>
internal sealed class ProjectMetadata(string projectPath) : IProjectMetadata
{
    public string ProjectPath { get; } = projectPath;
}
