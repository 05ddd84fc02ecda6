using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Microsoft.Extensions.Hosting;

/// <summary>What every service of the system has in common: telemetry, health, service discovery, resilient HTTP clients.</summary>
public static class Extensions
{
    private const string AlivePath = "/alive";
    private const string HealthPath = "/health";
    private const string LiveTag = "live";

    /// <summary>Adds telemetry, the health check of the process itself, problem details and the defaults of HTTP clients.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.ConfigureOpenTelemetry();
        builder.AddDefaultHealthChecks();

        builder.Services.AddProblemDetails(options => options.CustomizeProblemDetails = NameTheRoute);
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http =>
        {
            // A repeated POST is a second text or a second call: only safe methods are tried again.
            http.AddStandardResilienceHandler(options => options.Retry.DisableForUnsafeHttpMethods());
            http.AddServiceDiscovery();
        });

        return builder;
    }

    /// <summary>
    /// Logs, metrics and traces, those of the source and meter named like the application included. They are exported when
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

    /// <summary>Adds the check behind <c>/alive</c>: the process answers requests.</summary>
    public static TBuilder AddDefaultHealthChecks<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);
        return builder;
    }

    /// <summary>
    /// Maps <c>/alive</c> (the process answers) and <c>/health</c> (it can do its work: every check; 503 if one is unhealthy,
    /// 200 if one is merely degraded). Both are mapped in every environment, since the orchestrator and operators ask them
    /// everywhere; the answer holds no secrets.
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        // The calls of a health check would be a trace of their own every few seconds. Npgsql heeds the suppression. The Redis client
        // attaches its spans to the current activity instead, and without one BackgroundCallFilter drops them.
        app.UseWhen(context => IsHealthRequest(context.Request), health => health.Use(async (context, next) =>
        {
            using var untraced = SuppressInstrumentationScope.Begin();
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

    // The framework's own 404 and 405 say no more than their number.
    private static void NameTheRoute(ProblemDetailsContext context)
    {
        var request = context.HttpContext.Request;
        context.ProblemDetails.Detail ??= context.ProblemDetails.Status switch
        {
            StatusCodes.Status404NotFound => $"There is nothing at {request.Method} {request.Path}. Check the address.",
            StatusCodes.Status405MethodNotAllowed => $"{request.Path} does not take {request.Method}; the header Allow says what it takes.",
            _ => null,
        };
    }
}
