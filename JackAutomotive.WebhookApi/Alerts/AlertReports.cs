using System.Collections.Concurrent;

namespace JackAutomotive.WebhookApi.Alerts;

/// <summary>
/// Takes reports from code that must not wait for Postgres. The monitor stores them in its next round. Each condition waits once, so the
/// memory is bounded by the number of kinds and subjects.
/// </summary>
internal sealed class AlertReports
{
    private readonly ConcurrentDictionary<(string Kind, string Subject), string> _waiting = new();

    /// <summary>Reports a condition of a kind that ends by itself, see <see cref="AlertKinds.QuietTimes"/>.</summary>
    public void Report(string kind, string subject, string detail) => _waiting[(kind, subject)] = detail;

    /// <summary>Removes and returns a report; null if none waits.</summary>
    public AlertCondition? Take()
    {
        foreach (var (kind, subject) in _waiting.Keys)
        {
            if (_waiting.TryRemove((kind, subject), out var detail))
            {
                return new AlertCondition(kind, subject, detail);
            }
        }

        return null;
    }
}
