using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.Hosting;

/// <summary>Creates the background loops of a service and knows the running ones.</summary>
public sealed class BackgroundLoops
{
    private readonly ConcurrentDictionary<BackgroundLoop, bool> _running = new();
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeProvider _time;
    private readonly ILogger<BackgroundLoop> _logger;
    private readonly Counter<long> _failures;

    /// <summary>Creates the registry of a service, with its instruments.</summary>
    public BackgroundLoops(
        IHostEnvironment environment,
        IHostApplicationLifetime lifetime,
        IMeterFactory meters,
        TimeProvider time,
        ILogger<BackgroundLoop> logger)
    {
        (_lifetime, _time, _logger) = (lifetime, time, logger);
        var meter = meters.Create(environment.ApplicationName);
        _failures = meter.CreateCounter<long>("jackautomotive.loop.failures", "{failure}", "Failed rounds of background loops, by loop");
        meter.CreateObservableGauge(
            "jackautomotive.loop.up", () => Measure(loop => loop.FindProblem() is null ? 1 : 0), "1", "1 if the loop works, otherwise 0");
        meter.CreateObservableGauge(
            "jackautomotive.loop.last_round.age", () => Measure(loop => loop.SinceLastRound.TotalSeconds), "s", "Time since the last round");
    }

    /// <summary>Whether the service is stopping, so that loops end.</summary>
    internal bool IsStopping => _lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>The running loops and those that have died, by name.</summary>
    internal IReadOnlyList<BackgroundLoop> Running => [.. _running.Keys.OrderBy(loop => loop.Name, StringComparer.Ordinal)];

    /// <summary>Creates a loop, which begins with one of its Run methods.</summary>
    /// <param name="name">The name in logs, metrics and <c>/health</c>, such as <c>inbox worker</c>.</param>
    /// <param name="limits">When the loop counts as stuck or failing; null for the defaults.</param>
    public BackgroundLoop Create(string name, BackgroundLoopLimits? limits = null) =>
        new(name, limits ?? new BackgroundLoopLimits(), this, _time, _logger);

    internal void Add(BackgroundLoop loop) => _running[loop] = true;

    internal void Remove(BackgroundLoop loop) => _running.TryRemove(loop, out _);

    internal void CountFailure(string loop) => _failures.Add(1, new KeyValuePair<string, object?>("loop", loop));

    private IEnumerable<Measurement<double>> Measure(Func<BackgroundLoop, double> value) =>
        Running.Select(loop => new Measurement<double>(value(loop), new KeyValuePair<string, object?>("loop", loop.Name)));
}
