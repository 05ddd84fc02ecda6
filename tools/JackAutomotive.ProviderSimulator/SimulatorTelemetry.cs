using System.Diagnostics;

namespace JackAutomotive.ProviderSimulator;

/// <summary>Starts the spans of the provider's side of a trace.</summary>
internal static class SimulatorTelemetry
{
    /// <summary>Has the application's name, so that the service defaults listen to it.</summary>
    public static readonly ActivitySource Source = new("JackAutomotive.ProviderSimulator");

    /// <summary>
    /// Starts the first span of a new trace and links it to the current span. Each webhook of a long command gets its own trace, as each
    /// webhook from a provider does.
    /// </summary>
    public static Activity? StartRoot(string name)
    {
        var current = Activity.Current;
        ActivityLink[] links = current is null ? [] : [new ActivityLink(current.Context)];
        Activity.Current = null;
        var root = Source.StartActivity(name, ActivityKind.Internal, default(ActivityContext), links: links);
        if (root is null)
        {
            Activity.Current = current;
        }

        return root;
    }
}
