using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Microsoft.Extensions.Hosting;

/// <summary>The defaults of every service: telemetry, health checks, service discovery and resilient HTTP clients.</summary>
public static class Extensions
{
    private const string AlivePath = "/alive";
    private const string HealthPath = "/health";
    private const string LiveTag = "live";

    /// <summary>Adds telemetry, the health check of the process, problem details, service discovery and the HTTP client defaults.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.ConfigureOpenTelemetry();
        builder.AddDefaultHealthChecks();
        builder.AddBackgroundLoops();

        builder.Services.AddProblemDetails(options => options.CustomizeProblemDetails = AddRouteToDetail);
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http =>
        {
            // Only safe methods are retried: a retried POST could send a second text or start a second call.
            http.AddStandardResilienceHandler(options => options.Retry.DisableForUnsafeHttpMethods());
            http.AddServiceDiscovery();
        });

        return builder;
    }

    /// <summary>
    /// Adds logs, metrics and traces, including the activity source and the meter with the application's name. Telemetry is exported if
    /// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set.
    /// </summary>
    public static TBuilder ConfigureOpenTelemetry<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });

        var telemetry = builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter(builder.Environment.ApplicationName))
            .WithTracing(tracing => tracing
                .AddSource(builder.Environment.ApplicationName)
                .AddAspNetCoreInstrumentation(options => options.Filter = context => !IsHealthRequest(context.Request))
                .AddHttpClientInstrumentation()
                .AddProcessor(new BackgroundCallFilter()));

        if (!string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            telemetry.UseOtlpExporter();
        }

        return builder;
    }

    /// <summary>Adds the check for <c>/alive</c>: the process answers requests.</summary>
    public static TBuilder AddDefaultHealthChecks<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);
        return builder;
    }

    /// <summary>
    /// Adds the supervision of background loops: <see cref="BackgroundLoops"/>, the check <c>loops</c> of <c>/health</c>, the alerts, and the
    /// guard that makes a service end when it stops.
    /// </summary>
    public static TBuilder AddBackgroundLoops<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<BackgroundLoops>();
        builder.Services.AddHostedService<BackgroundLoopMonitor>();
        builder.Services.AddHostedService<StopGuard>();
        builder.Services.AddHealthChecks().AddCheck<BackgroundLoopHealth>("loops");
        return builder;
    }

    /// <summary>
    /// Maps <c>/alive</c> (the process answers) and <c>/health</c> (the process can work). <c>/health</c> runs every check and answers 503 if
    /// a check is unhealthy, otherwise 200, also if a check is degraded. Both are mapped in every environment, because the orchestrator and
    /// operators query them everywhere. The answer contains no secrets.
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        // Without this suppression, the calls of the health checks would create a trace every few seconds. Npgsql honours the suppression.
        // The Redis client ignores the suppression and attaches its spans to the current activity. Without a current activity its spans
        // have no parent, and BackgroundCallFilter drops them.
        app.UseWhen(context => IsHealthRequest(context.Request), health => health.Use(async (context, next) =>
        {
            using var suppression = SuppressInstrumentationScope.Begin();
            Activity.Current = null;
            await next(context);
        }));

        app.MapHealthChecks(AlivePath, new HealthCheckOptions
        {
            Predicate = check => check.Tags.Contains(LiveTag),
            ResponseWriter = HealthReportWriter.WriteAsync,
        }).DisableHttpMetrics();

        app.MapHealthChecks(HealthPath, new HealthCheckOptions { ResponseWriter = HealthReportWriter.WriteAsync }).DisableHttpMetrics();

        return app;
    }

    private static bool IsHealthRequest(HttpRequest request) =>
        request.Path.StartsWithSegments(AlivePath) || request.Path.StartsWithSegments(HealthPath);

    // The framework's 404 and 405 problems contain no detail.
    private static void AddRouteToDetail(ProblemDetailsContext context)
    {
        var request = context.HttpContext.Request;
        context.ProblemDetails.Detail ??= context.ProblemDetails.Status switch
        {
            StatusCodes.Status404NotFound => $"No route matches {request.Method} {request.Path}. Check the URL.",
            StatusCodes.Status405MethodNotAllowed => $"{request.Path} does not accept {request.Method}. The Allow header lists the accepted methods.",
            _ => null,
        };
    }
}
