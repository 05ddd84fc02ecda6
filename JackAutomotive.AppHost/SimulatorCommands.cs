using System.Net.Http.Json;

namespace JackAutomotive.AppHost;

internal static class SimulatorCommands
{
    /// <summary>Adds a dashboard button for each story that the simulator plays most often.</summary>
    public static IResourceBuilder<ProjectResource> WithSimulatorCommands(this IResourceBuilder<ProjectResource> simulator) => simulator
        .WithCommand("send-text", "Send a text", "Chat", isHighlighted: true)
        .WithCommand("play-call", "Play a call", "Call", isHighlighted: true)
        .WithCommand("play-live-call", "Play a live call", "CallConnecting")
        .WithCommand("play-busy-day", "Play a busy day", "CalendarDay")
        .WithCommand("play-chaos-day", "Play a chaos day", "WeatherThunderstorm")
        .WithCommand("play-sales-story", "Play a sales story", "BookOpen")
        .WithFault("latency", "APIs: slow")
        .WithFault("late-answer", "APIs: act, then answer late")
        .WithFault("rate-limit", "APIs: 429, do not act")
        .WithFault("error-before", "APIs: 503, do not act")
        .WithFault("error-after", "APIs: act, then 503")
        .WithFault("dropped-request", "APIs: drop the request")
        .WithFault("dropped-answer", "APIs: act, drop the answer")
        .WithFault("duplicate-callbacks", "APIs: webhooks twice")
        .WithFault("shuffled-callbacks", "APIs: webhooks in disorder")
        .WithFault("early-callbacks", "APIs: webhooks before the answer")
        .WithFault("lost-callbacks", "APIs: no webhooks")
        .WithHttpCommand("/faults/clear", "APIs: no faults", commandOptions: new() { IconName = "Checkmark" });

    private static IResourceBuilder<ProjectResource> WithCommand(
        this IResourceBuilder<ProjectResource> simulator, string command, string displayName, string icon, bool isHighlighted = false) =>
        simulator.WithHttpCommand(
            $"/commands/{command}", displayName, commandOptions: new() { IconName = icon, IsHighlighted = isHighlighted });

    /// <summary>Adds a dashboard button that switches a fault of the providers' APIs on, for every second request.</summary>
    private static IResourceBuilder<ProjectResource> WithFault(
        this IResourceBuilder<ProjectResource> simulator, string kind, string displayName) =>
        simulator.WithHttpCommand("/faults", displayName, commandName: $"fault-{kind}", commandOptions: new()
        {
            IconName = "Bug",
            PrepareRequest = context =>
            {
                context.Request.Content = JsonContent.Create(new { kind, probability = 0.5 });
                return Task.CompletedTask;
            },
        });
}
