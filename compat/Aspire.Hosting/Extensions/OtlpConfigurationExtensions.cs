using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>Sends the telemetry of resources to the dashboard.</summary>
public static class OtlpConfigurationExtensions
{
    /// <summary>Tells the resource, by the variables of OpenTelemetry, where to send its telemetry.</summary>
    public static IResourceBuilder<T> WithOtlpExporter<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEnvironment
    {
        var (configuration, environment) = (builder.ApplicationBuilder.Configuration, builder.ApplicationBuilder.Environment);
        var resource = builder.Resource;

        return builder.WithAnnotation(new OtlpExporterAnnotation(), ResourceAnnotationMutationBehavior.Replace).WithEnvironment(context =>
        {
            var variables = context.EnvironmentVariables;
            if (EndpointOf(builder.ApplicationBuilder) is { } endpoint)
            {
                variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint;
                variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";
            }

            if (configuration["AppHost:OtlpApiKey"] is { } key)
            {
                variables["OTEL_EXPORTER_OTLP_HEADERS"] = $"x-otlp-api-key={key}";
            }

            // Each process is an instance of its own; the orchestrator fills its name in.
            variables["OTEL_RESOURCE_ATTRIBUTES"] = "service.instance.id={{- index .Annotations \"otel-service-instance-id\" -}}";
            variables["OTEL_SERVICE_NAME"] = resource.Name;
            variables["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "in_memory";

            if (environment.IsDevelopment())
            {
                // A developer wants to see it at once, and all of it.
                variables["OTEL_BLRP_SCHEDULE_DELAY"] = "1000";
                variables["OTEL_BSP_SCHEDULE_DELAY"] = "1000";
                variables["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
                variables["OTEL_TRACES_SAMPLER"] = "always_on";
                variables["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based";
                variables["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "true";
                variables["OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_DISABLE_URL_QUERY_REDACTION"] = "true";
                variables["OTEL_DOTNET_EXPERIMENTAL_HTTPCLIENT_DISABLE_URL_QUERY_REDACTION"] = "true";
            }
        });
    }

    // The dashboard that is started here, or one elsewhere.
    private static object? EndpointOf(IDistributedApplicationBuilder builder) =>
        builder.Resources.TryGetByName(DashboardResource.Name, out var found) && found is ExecutableResource dashboard
            ? dashboard.GetEndpoint(DashboardResource.OtlpEndpoint)
            : DashboardEndpoints.Otlp(builder.Configuration);
}
