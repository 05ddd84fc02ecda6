using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Health;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    /// <summary>Takes the resource for healthy while an HTTP request to it is answered as expected.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="path">The request's path; <c>/</c> by default.</param>
    /// <param name="statusCode">The status that is expected; 200 by default.</param>
    /// <param name="endpointName">The endpoint; the first one for HTTP by default.</param>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder,
        string? path = null,
        int? statusCode = null,
        string? endpointName = null)
        where T : IResourceWithEndpoints =>
        builder.WithHttpHealthCheck(endpointName is null ? null : () => builder.GetEndpoint(endpointName), path, statusCode);

    /// <summary>Takes the resource for healthy while an HTTP request to it is answered as expected.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="endpointSelector">Picks the endpoint; the first one for HTTP by default.</param>
    /// <param name="path">The request's path; <c>/</c> by default.</param>
    /// <param name="statusCode">The status that is expected; 200 by default.</param>
    /// <exception cref="DistributedApplicationException">The resource has no such endpoint, or it is not one for HTTP.</exception>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder,
        Func<EndpointReference>? endpointSelector,
        string? path = null,
        int? statusCode = null)
        where T : IResourceWithEndpoints
    {
        var endpoint = HttpEndpointOf(builder.Resource, endpointSelector, "HTTP health check");
        var (checkedPath, expected) = (path ?? "/", statusCode ?? 200);
        var key = string.Create(
            CultureInfo.InvariantCulture,
            $"{builder.Resource.Name}_{endpoint.EndpointName}_{checkedPath}_{expected}_check");

        builder.ApplicationBuilder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            key,
            new HttpEndpointHealthCheck(endpoint, checkedPath, expected),
            failureStatus: null,
            tags: null));
        return builder.WithHealthCheck(key);
    }
}
