using Microsoft.Extensions.Configuration;

namespace JackAutomotive.AppHost;

/// <summary>The programs that the build of this AppHost made.</summary>
internal static class BuildOutput
{
    /// <summary>
    /// Starts a project's program from its build output. Aspire's default, <c>dotnet run --no-build</c>, evaluates the project again
    /// and keeps an SDK process beside every replica (docs/benchmarks.md, "Start-up"). Aspire's default stays in use where it does
    /// more than start the program: under a debugger and under <c>dotnet watch</c>.
    /// </summary>
    public static IResourceBuilder<ProjectResource> RunFromBuildOutput(this IResourceBuilder<ProjectResource> project)
    {
        var path = project.Resource.GetProjectMetadata().ProjectPath;
        var program = ProgramOf(Path.GetFileNameWithoutExtension(path));
        var builder = project.ApplicationBuilder;
        var isPlainRun = builder.ExecutionContext.IsRunMode && !IsLaunchedByATool(builder.Configuration);
        if (!isPlainRun || !File.Exists(program))
        {
            return project;
        }

        return project
            .WithAnnotation(new ExecutableAnnotation { Command = "dotnet", WorkingDirectory = Path.GetDirectoryName(path)! })
            .WithArgs(program);
    }

    /// <summary>
    /// The path of a project's program in the SDK's artifacts layout (<c>artifacts/bin/{project}/{configuration}</c>), where the
    /// output of every project is beside the output of the AppHost.
    /// </summary>
    public static string ProgramOf(string project)
    {
        var ownFolder = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(ownFolder.Parent!.Parent!.FullName, project, ownFolder.Name, $"{project}.dll");
    }

    // The variables are the ones that Aspire itself checks before it decides how to launch a project.
    private static bool IsLaunchedByATool(ConfigurationManager configuration) =>
        !string.IsNullOrEmpty(configuration["DEBUG_SESSION_PORT"]) || configuration.GetValue<bool>("DOTNET_WATCH");
}
