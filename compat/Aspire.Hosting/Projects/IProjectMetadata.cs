using System.Text.Json.Serialization;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>A project that the AppHost refers to; the build writes one class for each.</summary>
public interface IProjectMetadata : IResourceAnnotation
{
    /// <summary>The absolute path of the project's file.</summary>
    string ProjectPath { get; }

    /// <summary>The project's launch profiles; read from its <c>Properties/launchSettings.json</c> by default.</summary>
    LaunchSettings? LaunchSettings => null;

    /// <summary>True if the project was built with the AppHost.</summary>
    bool SuppressBuild => false;
}

/// <summary>A project's <c>Properties/launchSettings.json</c>.</summary>
public sealed class LaunchSettings
{
    /// <summary>The profiles, by name.</summary>
    [JsonPropertyName("profiles")]
    public Dictionary<string, LaunchProfile> Profiles { get; set; } = [];
}

/// <summary>A way to start a project.</summary>
public sealed class LaunchProfile
{
    /// <summary>What is started: <c>Project</c> for the project itself.</summary>
    [JsonPropertyName("commandName")]
    public string? CommandName { get; set; }

    /// <summary>The arguments, as one text.</summary>
    [JsonPropertyName("commandLineArgs")]
    public string? CommandLineArgs { get; set; }

    /// <summary>The addresses that it listens on, separated by semicolons.</summary>
    [JsonPropertyName("applicationUrl")]
    public string? ApplicationUrl { get; set; }

    /// <summary>Not used here.</summary>
    [JsonPropertyName("launchUrl")]
    public string? LaunchUrl { get; set; }

    /// <summary>Its environment variables.</summary>
    [JsonPropertyName("environmentVariables")]
    public Dictionary<string, string> EnvironmentVariables { get; set; } = [];
}

/// <summary>How a project is added.</summary>
public class ProjectResourceOptions
{
    /// <summary>The launch profile; the AppHost's own, or the first one, by default.</summary>
    public string? LaunchProfileName { get; set; }

    /// <summary>True to do without a launch profile.</summary>
    public bool ExcludeLaunchProfile { get; set; }
}
