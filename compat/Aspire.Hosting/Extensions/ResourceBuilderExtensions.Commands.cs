using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    /// <summary>Adds a command.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="name">The command's name; one of the same name is replaced.</param>
    /// <param name="displayName">Its name as shown.</param>
    /// <param name="executeCommand">Does it.</param>
    /// <param name="commandOptions">How it looks and when it can be done.</param>
    public static IResourceBuilder<T> WithCommand<T>(
        this IResourceBuilder<T> builder,
        string name,
        string displayName,
        Func<ExecuteCommandContext, Task<ExecuteCommandResult>> executeCommand,
        CommandOptions? commandOptions = null)
        where T : IResource
    {
        commandOptions ??= new CommandOptions();
        foreach (var replaced in builder.Resource.Annotations.OfType<ResourceCommandAnnotation>().Where(a => a.Name == name).ToArray())
        {
            builder.Resource.Annotations.Remove(replaced);
        }

        return builder.WithAnnotation(new ResourceCommandAnnotation(
            name,
            displayName,
            commandOptions.UpdateState ?? (_ => ResourceCommandState.Enabled),
            executeCommand,
            commandOptions.Description,
            null,
            commandOptions.ConfirmationMessage,
            commandOptions.IconName,
            commandOptions.IconVariant,
            commandOptions.IsHighlighted));
    }

    /// <summary>Adds a command that sends an HTTP request to the resource.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="path">The request's path.</param>
    /// <param name="displayName">The command's name as shown.</param>
    /// <param name="endpointName">The endpoint; the first one for HTTP by default.</param>
    /// <param name="commandName">The command's name; <c>{resource}-{endpoint}-http-{method}-{path}</c> by default.</param>
    /// <param name="commandOptions">How it looks and what it sends.</param>
    public static IResourceBuilder<TResource> WithHttpCommand<TResource>(
        this IResourceBuilder<TResource> builder,
        string path,
        string displayName,
        string? endpointName = null,
        string? commandName = null,
        HttpCommandOptions? commandOptions = null)
        where TResource : IResourceWithEndpoints =>
        builder.WithHttpCommand(
            path,
            displayName,
            endpointName is null ? null : () => builder.GetEndpoint(endpointName),
            commandName,
            commandOptions);

    /// <summary>Adds a command that sends an HTTP request to the resource.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="path">The request's path.</param>
    /// <param name="displayName">The command's name as shown.</param>
    /// <param name="endpointSelector">Picks the endpoint; the first one for HTTP by default.</param>
    /// <param name="commandName">The command's name; <c>{resource}-{endpoint}-http-{method}-{path}</c> by default.</param>
    /// <param name="commandOptions">How it looks and what it sends.</param>
    /// <exception cref="DistributedApplicationException">The resource has no such endpoint, or it is not one for HTTP.</exception>
    public static IResourceBuilder<TResource> WithHttpCommand<TResource>(
        this IResourceBuilder<TResource> builder,
        string path,
        string displayName,
        Func<EndpointReference>? endpointSelector,
        string? commandName = null,
        HttpCommandOptions? commandOptions = null)
        where TResource : IResourceWithEndpoints
    {
        commandOptions ??= new HttpCommandOptions();
        var endpoint = HttpEndpointOf(builder.Resource, endpointSelector ?? commandOptions.EndpointSelector, "HTTP command");
        var command = new HttpCommand(endpoint, path, commandOptions);

        commandName ??= $"{endpoint.Resource.Name}-{endpoint.EndpointName}-http-{command.Method.Method.ToLowerInvariant()}-{path}";
        var updateState = commandOptions.UpdateState ?? HttpCommand.EnabledWhileHealthy;
        return builder.WithCommand(commandName, displayName, command.ExecuteAsync, new CommandOptions
        {
            Description = commandOptions.Description,
            ConfirmationMessage = commandOptions.ConfirmationMessage,
            IconName = commandOptions.IconName,
            IconVariant = commandOptions.IconVariant,
            IsHighlighted = commandOptions.IsHighlighted,
            UpdateState = updateState,
        });
    }

    private static EndpointReference HttpEndpointOf(IResourceWithEndpoints resource, Func<EndpointReference>? selector, string purpose)
    {
        var endpoint = selector is null
            ? resource.GetEndpoints().FirstOrDefault(e => e.Scheme is "https")
                ?? resource.GetEndpoints().FirstOrDefault(e => e.Scheme is "http")
            : selector();

        var reason = endpoint switch
        {
            null => "no endpoint was found matching one of the specified names: https, http",
            { Exists: true, Scheme: not ("http" or "https") } =>
                $"the endpoint with name '{endpoint.EndpointName}' and scheme '{endpoint.Scheme}' is not an HTTP endpoint.",
            _ => null,
        };
        return reason is null
            ? endpoint!
            : throw new DistributedApplicationException($"Could not create {purpose} for resource '{resource.Name}' as {reason}");
    }
}
