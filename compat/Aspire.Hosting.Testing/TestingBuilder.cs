using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Lifecycle;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>A builder that a test holds in its hand: everything but how the application is made and let go.</summary>
internal abstract class TestingBuilder(IDistributedApplicationBuilder inner) : IDistributedApplicationTestingBuilder
{
    public ConfigurationManager Configuration => inner.Configuration;

    public string AppHostDirectory => inner.AppHostDirectory;

    public Assembly? AppHostAssembly => inner.AppHostAssembly;

    public IHostEnvironment Environment => inner.Environment;

    public IServiceCollection Services => inner.Services;

    public IDistributedApplicationEventing Eventing => inner.Eventing;

    public DistributedApplicationExecutionContext ExecutionContext => inner.ExecutionContext;

    public IResourceCollection Resources => inner.Resources;

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource => inner.AddResource(resource);

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource => inner.CreateResourceBuilder(resource);

    public DistributedApplication Build() => BuildAsync(CancellationToken.None).GetAwaiter().GetResult();

    public abstract Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default);

    public abstract ValueTask DisposeAsync();

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();
}

/// <summary>The builder of an AppHost's entry point.</summary>
internal sealed class EntryPointTestingBuilder(EntryPointRun run, IDistributedApplicationBuilder inner) : TestingBuilder(inner)
{
    public override Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default) =>
        run.BuildAsync(cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        run.Abandon();
        if (run.Application is { } application)
        {
            await application.DisposeAsync().ConfigureAwait(false);
        }
    }
}

/// <summary>The builder of an application that the test describes.</summary>
internal sealed class OwnTestingBuilder(IDistributedApplicationBuilder inner) : TestingBuilder(inner)
{
    private readonly IDistributedApplicationBuilder _inner = inner;
    private DistributedApplication? _application;

    public static OwnTestingBuilder Create(string[] args, Assembly test)
    {
        AppHostEntryPoint.Current = new AppHostEntryPoint
        {
            Creating = (options, settings) => TestingDefaults.Apply(test, options, settings),
            Created = _ => { },
            Building = () => { },
            Built = _ => { },
        };

        try
        {
            return new OwnTestingBuilder(DistributedApplication.CreateBuilder(args));
        }
        finally
        {
            AppHostEntryPoint.Current = null;
        }
    }

    public override Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default)
    {
        _application = _inner.Build();
        return Task.FromResult(_application);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_application is not null)
        {
            await _application.DisposeAsync().ConfigureAwait(false);
        }
    }
}
