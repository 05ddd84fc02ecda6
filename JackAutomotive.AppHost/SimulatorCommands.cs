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
        .WithCommand("play-sales-story", "Play a sales story", "BookOpen");

    private static IResourceBuilder<ProjectResource> WithCommand(
        this IResourceBuilder<ProjectResource> simulator, string command, string displayName, string icon, bool isHighlighted = false) =>
        simulator.WithHttpCommand(
            $"/commands/{command}", displayName, commandOptions: new() { IconName = icon, IsHighlighted = isHighlighted });
}
