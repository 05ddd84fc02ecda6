using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Dcp;

/// <summary>Works out the addresses that are shown for a resource, once its endpoints have theirs.</summary>
internal static class ResourceUrls
{
    public static async Task SetAsync(
        IResource resource,
        DistributedApplicationExecutionContext executionContext,
        CancellationToken cancellationToken)
    {
        var urls = resource is IResourceWithEndpoints owner
            ? owner.GetEndpoints().Where(e => e.IsAllocated).Select(e => new ResourceUrlAnnotation { Url = e.Url, Endpoint = e }).ToList()
            : [];
        urls.AddRange(resource.Annotations.OfType<ResourceUrlAnnotation>());

        var context = new ResourceUrlsCallbackContext(executionContext, resource, urls, cancellationToken);
        foreach (var callback in resource.Annotations.OfType<ResourceUrlsCallbackAnnotation>().ToArray())
        {
            await callback.Callback(context).ConfigureAwait(false);
        }

        foreach (var old in resource.Annotations.OfType<ResourceUrlAnnotation>().ToArray())
        {
            resource.Annotations.Remove(old);
        }

        foreach (var url in urls)
        {
            // A path stands for a page of the endpoint that it belongs to, or of the first one.
            var endpoint = url.Endpoint ?? (resource as IResourceWithEndpoints)?.GetEndpoints().FirstOrDefault();
            if (url.Url.StartsWith('/') && endpoint is { IsAllocated: true })
            {
                url.Url = new Uri(new Uri(endpoint.Url), url.Url).ToString();
            }

            resource.Annotations.Add(url);
        }
    }
}
