using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace JackAutomotive.Tests.Clients;

/// <summary>What a host's own OpenTelemetry would have exported.</summary>
internal sealed class CollectedTelemetry : BaseProcessor<Activity>
{
    private readonly ActivitySource _source = new($"tests.{Guid.NewGuid():N}");
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ConcurrentDictionary<string, bool> _meters = new();

    public void AddTo(IHostApplicationBuilder builder) => builder.Services.AddOpenTelemetry()
        .WithTracing(traces => traces.AddSource(_source.Name).SetSampler(new AlwaysOnSampler()).AddProcessor(this))
        .WithMetrics(metrics => metrics.AddReader(new BaseExportingMetricReader(new MeterNames(_meters))));

    /// <summary>Starts a span of the test's own, in a trace of its own.</summary>
    public Activity Start()
    {
        Activity.Current = null;
        return _source.StartActivity("test") ?? throw new InvalidOperationException("The host has not been started.");
    }

    public override void OnEnd(Activity data) => _spans.Enqueue(data);

    public IReadOnlyList<Activity> Spans(ActivityTraceId trace) => [.. _spans.Where(span => span.TraceId == trace)];

    /// <summary>Waits until a span comes that is wanted.</summary>
    public async Task<Activity> SpanAsync(Func<Activity, bool> isWanted, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(TimeSpan.FromSeconds(20));
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        Activity? found;
        while ((found = _spans.FirstOrDefault(isWanted)) is null)
        {
            await poll.WaitForNextTickAsync(timeout.Token);
        }

        return found;
    }

    public ICollection<string> Meters(IHost host)
    {
        host.Services.GetRequiredService<MeterProvider>().ForceFlush();
        return _meters.Keys;
    }

    private sealed class MeterNames(ConcurrentDictionary<string, bool> names) : BaseExporter<Metric>
    {
        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (var metric in batch)
            {
                names.TryAdd(metric.MeterName, true);
            }

            return ExportResult.Success;
        }
    }
}

internal static class HostTestExtensions
{
    public static async Task<IHost> StartedAsync(this IHost host)
    {
        await host.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }

    public static Task<HealthReport> HealthAsync(this IHost host) =>
        host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);
}
