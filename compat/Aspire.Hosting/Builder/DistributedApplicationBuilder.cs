using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Dcp;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Health;
using Aspire.Hosting.Lifecycle;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    // Short names of settings on the command line.
    private static readonly Dictionary<string, string> s_switches = new()
    {
        ["--operation"] = "AppHost:Operation",
        ["--dcp-cli-path"] = "DcpPublisher:CliPath",
        ["--dcp-dashboard-path"] = "DcpPublisher:DashboardPath",
    };

    private readonly HostApplicationBuilder _inner;
    private readonly AppHostEntryPoint? _entryPoint = AppHostEntryPoint.Current;

    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        var settings = new HostApplicationBuilderSettings { Args = options.Args };
        _entryPoint?.Creating(options, settings);
        Options = options;

        AppHostAssembly = options.AssemblyName is { } name ? Assembly.Load(name) : Assembly.GetEntryAssembly();
        AppHostDirectory = options.ProjectDirectory
            ?? AppHostMetadata.Of(AppHostAssembly, AppHostMetadata.ProjectPath)
            ?? Directory.GetCurrentDirectory();

        // The host would look for settings beside the current directory, which is not always the AppHost's.
        settings.ContentRootPath ??= Directory.Exists(AppHostDirectory) ? AppHostDirectory : null;
        _inner = new HostApplicationBuilder(settings);
        if (options.Args is { } args)
        {
            _inner.Configuration.AddCommandLine(args, s_switches);
        }

        UserSecrets = UserSecrets.Of(AppHostAssembly);
        if (UserSecrets is not null && _inner.Environment.IsDevelopment())
        {
            // Before the environment and the command line, which win.
            UserSecrets.AddTo(_inner.Configuration);
        }

        ExecutionContext = new DistributedApplicationExecutionContext(OperationOf(_inner.Configuration["AppHost:Operation"]));
        if (ExecutionContext.IsPublishMode)
        {
            throw new DistributedApplicationException("Publishing needs the Aspire packages: build with -p:UseCompat=false.");
        }

        _inner.Configuration["AppHost:Directory"] ??= AppHostDirectory;
        _inner.Configuration["AppHost:DashboardApplicationName"] ??= options.DashboardApplicationName ?? ApplicationName;

        AddLogging();
        AddServices();
        _entryPoint?.Created(this);
    }

    public DistributedApplicationOptions Options { get; }

    public UserSecrets? UserSecrets { get; }

    public ConfigurationManager Configuration => _inner.Configuration;

    public string AppHostDirectory { get; }

    public Assembly? AppHostAssembly { get; }

    public IHostEnvironment Environment => _inner.Environment;

    public IServiceCollection Services => _inner.Services;

    public IDistributedApplicationEventing Eventing { get; } = new DistributedApplicationEventing();

    public DistributedApplicationExecutionContext ExecutionContext { get; }

    public IResourceCollection Resources { get; } = new ResourceCollection();

    private string ApplicationName => AppHostMetadata.Of(AppHostAssembly, AppHostMetadata.ProjectName) is { } file
        ? Path.GetFileNameWithoutExtension(file)
        : AppHostAssembly?.GetName().Name ?? "AppHost";

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(resource);
        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(resource);
        return new DistributedApplicationResourceBuilder<T>(this, resource);
    }

    public DistributedApplication Build()
    {
        _entryPoint?.Building();
        var application = new DistributedApplication(_inner.Build());
        _entryPoint?.Built(application);
        return application;
    }

    private static DistributedApplicationOperation OperationOf(string? value) => value switch
    {
        null or "" => DistributedApplicationOperation.Run,
        _ when Enum.TryParse<DistributedApplicationOperation>(value, ignoreCase: true, out var operation) => operation,
        _ => throw new DistributedApplicationException($"Invalid operation '{value}': it has to be 'run' or 'publish'."),
    };

    private void AddLogging()
    {
        _inner.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        _inner.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Error);

        // The dashboard asks until the very end, and is told nothing then; the service logs what else fails.
        _inner.Logging.AddFilter("Grpc", LogLevel.None);
        _inner.Logging.AddFilter("Aspire.Hosting.Dashboard", LogLevel.Error);

        // A failing check shows up in the resource's state; the host's log would fill with it.
        _inner.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks.DefaultHealthCheckService", LogLevel.None);
        _inner.Logging.AddFilter("System.Net.Http.HttpClient", LogLevel.Warning);
    }

    private void AddServices()
    {
        Services.AddSingleton(Options);
        Services.AddSingleton(ExecutionContext);
        Services.AddSingleton(Eventing);
        Services.AddSingleton(new DistributedApplicationModel(Resources));
        Services.AddSingleton<ResourceLoggerService>();
        Services.AddSingleton<ResourceNotificationService>();
        Services.AddSingleton(services => new ResourceCommandService(
            services.GetRequiredService<ResourceNotificationService>(), services.GetRequiredService<ResourceLoggerService>(), services));
        Services.AddSingleton<BeforeStart>();
        Services.AddHttpClient();
        Services.AddHealthChecks();

        // A run that a person looks at goes on when a resource fails: the person may start it again. A test's should end.
        Services.Configure<ResourceNotificationServiceOptions>(o => o.DefaultWaitBehavior =
            Options.DisableDashboard ? WaitBehavior.StopOnResourceUnavailable : WaitBehavior.WaitOnResourceUnavailable);

        Services.AddSingleton(services => DcpOptions.From(services.GetRequiredService<IConfiguration>(), AppHostAssembly));
        Services.AddDashboard(this);
        Services.AddHostedService<ResourceHealthCheckService>();
        if (Options.EnableResourceLogging)
        {
            Services.AddHostedService<ResourceLogForwarder>();
        }

        Services.AddOrchestrator();
    }
}
