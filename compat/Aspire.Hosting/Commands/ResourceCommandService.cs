using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Executes commands of resources.</summary>
public class ResourceCommandService
{
    private readonly ResourceNotificationService _notifications;
    private readonly ResourceLoggerService _loggers;
    private readonly IServiceProvider _services;

    internal ResourceCommandService(ResourceNotificationService notifications, ResourceLoggerService loggers, IServiceProvider services)
    {
        _notifications = notifications;
        _loggers = loggers;
        _services = services;
    }

    /// <summary>Executes a command of a resource, on each of its instances.</summary>
    public async Task<ExecuteCommandResult> ExecuteCommandAsync(
        IResource resource,
        string commandName,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(resource);

        var results = await Task.WhenAll(resource.GetResolvedResourceNames()
            .Select(instance => ExecuteAsync(resource, instance, commandName, cancellationToken))).ConfigureAwait(false);

        return results switch
        {
            [var only] => only,
            _ when Array.TrueForAll(results, r => r.Success) => CommandResults.Success(),
            _ when Array.TrueForAll(results, r => r.Success || r.Canceled) => CommandResults.Canceled(),
            _ => CommandResults.Failure(string.Join(' ', results.Where(r => !r.Success && !r.Canceled).Select(r => r.Message))),
        };
    }

    /// <summary>Executes a command of one instance.</summary>
    /// <param name="resourceId">The name of an instance, or of a resource that has but one.</param>
    /// <param name="commandName">The command's name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<ExecuteCommandResult> ExecuteCommandAsync(
        string resourceId,
        string commandName,
        CancellationToken cancellationToken = default) =>
        _notifications.TryGetCurrentState(resourceId, out var found)
            ? ExecuteAsync(found.Resource, found.ResourceId, commandName, cancellationToken)
            : Task.FromResult(CommandResults.Failure($"Resource '{resourceId}' not found."));

    private async Task<ExecuteCommandResult> ExecuteAsync(
        IResource resource,
        string instance,
        string commandName,
        CancellationToken cancellationToken)
    {
        if (resource.Annotations.OfType<ResourceCommandAnnotation>().SingleOrDefault(a => a.Name == commandName) is not { } command)
        {
            return CommandResults.Failure($"Command '{commandName}' not available for resource '{instance}'.");
        }

        var logger = _loggers.GetLogger(instance);
        logger.LogInformation("Executing command '{CommandName}'.", commandName);
        try
        {
            var result = await command.ExecuteCommand(new ExecuteCommandContext
            {
                ResourceName = instance,
                ServiceProvider = _services,
                CancellationToken = cancellationToken,
                Logger = logger,
            }).ConfigureAwait(false);

            if (result.Success)
            {
                logger.LogInformation("Successfully executed command '{CommandName}'.", commandName);
            }
            else if (!result.Canceled)
            {
                logger.LogError("Failure executing command '{CommandName}'. Error message: {Message}", commandName, result.Message);
            }

            return result;
        }
        catch (OperationCanceledException)
        {
            return CommandResults.Canceled();
        }
        catch (Exception exception)
        {
            // Whatever a command's code throws is the command's failure, not the host's.
            logger.LogError(exception, "Error executing command '{CommandName}'.", commandName);
            return CommandResults.Failure(exception.Message);
        }
    }
}
