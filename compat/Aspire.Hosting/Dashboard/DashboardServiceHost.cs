using System.Net;
using System.Security.Cryptography;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dashboard;

/// <summary>
/// The server that the dashboard reads resources from: gRPC without TLS, on the loopback interface, for whoever has the key.
/// It listens on <c>ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL</c>, or on a free port where that is not set.
/// </summary>
internal sealed partial class DashboardServiceHost(
    IConfiguration configuration,
    ResourceFeed feed,
    ResourceLoggerService resourceLogs,
    ResourceCommandService commands,
    IHostEnvironment environment,
    IHostApplicationLifetime lifetime,
    ILoggerFactory loggers) : BackgroundService
{
    public const string ApiKeyHeader = "x-resource-service-api-key";

    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where the server listens, once it does.</summary>
    public Task<Uri> AddressAsync(CancellationToken cancellationToken) => _address.Task.WaitAsync(cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await using var app = Build();
            await app.StartAsync(stoppingToken).ConfigureAwait(false);
            var server = app.Services.GetRequiredService<IServer>();
            _address.TrySetResult(new Uri(server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single()));
            await feed.RunAsync(stoppingToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            _address.TrySetCanceled(stoppingToken);
        }
        catch (Exception exception)
        {
            // Whoever waits for the address, which is the dashboard's start, fails with the reason. The rest goes on.
            LogFailed(loggers.CreateLogger<DashboardServiceHost>(), exception);
            _address.TrySetException(exception);
        }
    }

    // A builder without any default: the environment variables of the AppHost, ASPNETCORE_URLS above all, are meant for others.
    private WebApplication Build()
    {
        var wanted = Wanted();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            static void Http2Only(ListenOptions listen) => listen.Protocols = HttpProtocols.Http2;
            if (wanted is { Port: > 0 })
            {
                kestrel.ListenLocalhost(wanted.Port, Http2Only);
            }
            else
            {
                kestrel.Listen(IPAddress.Loopback, 0, Http2Only);
            }
        });

        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(feed);
        builder.Services.AddSingleton(resourceLogs);
        builder.Services.AddSingleton(commands);
        builder.Services.AddSingleton(new Application(
            configuration["AppHost:DashboardApplicationName"] ?? environment.ApplicationName,
            lifetime.ApplicationStopping));

        var app = builder.Build();
        app.Use(RequireApiKey(configuration["AppHost:ResourceService:ApiKey"]));
        app.MapGrpcService<DashboardService>();
        return app;
    }

    private Uri? Wanted()
    {
        var text = configuration["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] ?? configuration["DOTNET_RESOURCE_SERVICE_ENDPOINT_URL"];
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri is { Scheme: "http", IsLoopback: true }
            ? uri
            : throw new DistributedApplicationException(
                $"ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL is '{text}': "
                + "it has to be an http address of this machine, such as http://localhost:20000.");
    }

    // No key configured means that the dashboard's client is set to be unsecured as well.
    private static Func<HttpContext, RequestDelegate, Task> RequireApiKey(string? key)
    {
        var expected = key is null ? null : Encoding.UTF8.GetBytes(key);
        return (context, next) =>
        {
            var given = Encoding.UTF8.GetBytes(context.Request.Headers[ApiKeyHeader].ToString());
            if (expected is null || CryptographicOperations.FixedTimeEquals(given, expected))
            {
                return next(context);
            }

            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        };
    }

    [LoggerMessage(LogLevel.Error, "The server that the dashboard reads resources from has failed.")]
    private static partial void LogFailed(ILogger logger, Exception exception);

    /// <summary>The application that the dashboard is shown, as against the web application that shows it.</summary>
    internal sealed record Application(string Name, CancellationToken Stopping);

    // The AppHost decides when to stop; Ctrl+C is not this server's business.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
