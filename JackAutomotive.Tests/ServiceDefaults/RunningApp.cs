using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace JackAutomotive.Tests.ServiceDefaults;

/// <summary>A small web application on a free port of this machine, for as long as a test needs it.</summary>
internal sealed class RunningApp(WebApplication app) : IAsyncDisposable
{
    /// <summary>The address that the application listens on, such as <c>http://127.0.0.1:40123/</c>.</summary>
    public Uri Address { get; } =
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    public IServiceProvider Services => app.Services;

    /// <summary>Starts <paramref name="app"/> on a port that the system chooses.</summary>
    public static async Task<RunningApp> StartAsync(WebApplication app)
    {
        app.Urls.Clear();
        app.Urls.Add("http://127.0.0.1:0");
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new RunningApp(app);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(CancellationToken.None);
        await app.DisposeAsync();
    }
}
