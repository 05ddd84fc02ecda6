using System.Diagnostics;

namespace JackAutomotive.ProviderSimulator;

/// <summary>The spans that a provider's side of a trace starts with.</summary>
internal static class SimulatorTelemetry
{
    /// <summary>Named like the application, so that the service defaults listen to it.</summary>
    public static readonly ActivitySource Source = new("JackAutomotive.ProviderSimulator");

    /// <summary>
    /// Starts a span that is the first of a trace of its own and points back to the current one. Every webhook of a long
    /// command is one such trace, as it would be coming from the provider.
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
