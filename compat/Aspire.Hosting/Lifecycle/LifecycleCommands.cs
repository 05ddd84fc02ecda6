using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Lifecycle;

/// <summary>The commands that every process has: start, stop and restart.</summary>
internal static class LifecycleCommands
{
    public static void AddTo(IResource resource)
    {
        resource.Annotations.Add(new ResourceCommandAnnotation(
            KnownResourceCommands.StartCommand,
            "Start",
            context => StateOf(context) switch
            {
                null => ResourceCommandState.Hidden,
                var state when KnownResourceStates.IsTerminal(state) || state == KnownResourceStates.NotStarted =>
                    ResourceCommandState.Enabled,
                var state when state == KnownResourceStates.Waiting => ResourceCommandState.Enabled,
                var state when state == KnownResourceStates.Starting => ResourceCommandState.Disabled,
                _ => ResourceCommandState.Hidden,
            },
            context => RunAsync(context, (processes, name, token) => processes.StartAsync(resource, name, token)),
            "Start this resource",
            null,
            null,
            "Play",
            IconVariant.Filled,
            isHighlighted: true));

        resource.Annotations.Add(new ResourceCommandAnnotation(
            KnownResourceCommands.StopCommand,
            "Stop",
            context => StateOf(context) switch
            {
                var state when state == KnownResourceStates.Running => ResourceCommandState.Enabled,
                var state when state == KnownResourceStates.Stopping => ResourceCommandState.Disabled,
                _ => ResourceCommandState.Hidden,
            },
            context => RunAsync(context, (processes, name, token) => processes.StopAsync(resource, name, token)),
            "Stop this resource",
            null,
            null,
            "Stop",
            IconVariant.Filled,
            isHighlighted: true));

        resource.Annotations.Add(new ResourceCommandAnnotation(
            KnownResourceCommands.RestartCommand,
            "Restart",
            context => StateOf(context) == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
            context => RunAsync(context, async (processes, name, token) =>
            {
                await processes.StopAsync(resource, name, token).ConfigureAwait(false);
                await processes.StartAsync(resource, name, token).ConfigureAwait(false);
            }),
            "Restart this resource",
            null,
            null,
            "ArrowCounterclockwise",
            IconVariant.Regular,
            isHighlighted: false));
    }

    private static string? StateOf(UpdateCommandStateContext context) => context.ResourceSnapshot.State?.Text;

    private static async Task<ExecuteCommandResult> RunAsync(
        ExecuteCommandContext context,
        Func<ResourceProcesses, string, CancellationToken, Task> action)
    {
        await action(
            context.ServiceProvider.GetRequiredService<ResourceProcesses>(),
            context.ResourceName,
            context.CancellationToken).ConfigureAwait(false);
        return CommandResults.Success();
    }
}
