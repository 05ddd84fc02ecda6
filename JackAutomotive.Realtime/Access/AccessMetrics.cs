using System.Diagnostics.Metrics;
using JackAutomotive.Realtime.Telemetry;

namespace JackAutomotive.Realtime.Access;

/// <summary>Counts refused streams.</summary>
internal sealed class AccessMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _refused = meters.Create(RealtimeTelemetry.Name).CreateCounter<long>(
        "jackautomotive.realtime.connections.refused", "{connection}", "Streams refused for their token or by a limit, by reason.");

    public void CountRefused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason));
}
