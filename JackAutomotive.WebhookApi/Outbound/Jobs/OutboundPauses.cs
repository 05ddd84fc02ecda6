using System.Collections.Concurrent;

namespace JackAutomotive.WebhookApi.Outbound.Jobs;

/// <summary>Until when this instance sends nothing, because the provider has asked it to wait.</summary>
internal sealed class OutboundPauses(TimeProvider time)
{
    // A provider that asks for a longer time is asked again after this time.
    private static readonly TimeSpan s_max = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_usual = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _until = new();

    /// <summary>Begins or extends a pause.</summary>
    /// <param name="kind">One of <see cref="OutboundKinds"/>.</param>
    /// <param name="asked">The time that the provider asked for; null if it named none.</param>
    public void Pause(string kind, TimeSpan? asked)
    {
        var until = time.GetUtcNow() + (asked is { } wait ? (wait < s_max ? wait : s_max) : s_usual);
        _until.AddOrUpdate(kind, until, (_, known) => known > until ? known : until);
    }

    public bool IsPaused(string kind) => _until.TryGetValue(kind, out var until) && until > time.GetUtcNow();
}
