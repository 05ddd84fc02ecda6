using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace JackAutomotive.Tests.ServiceDefaults;

/// <summary>Which spans the service defaults export. The dashboard should show one line per request and little else.</summary>
public sealed class BackgroundCallFilterTests
{
    [Fact]
    public async Task A_quick_call_without_a_parent_is_not_exported() =>
        Assert.Empty(await ExportedAsync(source => source.StartActivity("SELECT", ActivityKind.Client)?.Dispose()));

    [Fact]
    public async Task A_failed_call_without_a_parent_is_exported() =>
        Assert.Equal(["SELECT"], await ExportedAsync(source =>
        {
            using var call = source.StartActivity("SELECT", ActivityKind.Client);
            call!.SetStatus(ActivityStatusCode.Error);
        }));

    [Fact]
    public async Task A_slow_call_without_a_parent_is_exported() =>
        Assert.Equal(["SELECT"], await ExportedAsync(source =>
        {
            using var call = source.StartActivity("SELECT", ActivityKind.Client);
            call!.SetEndTime(call.StartTimeUtc + BackgroundCallFilter.SlowThreshold);
        }));

    [Theory]
    [InlineData(ActivityKind.Server)]
    [InlineData(ActivityKind.Internal)]
    [InlineData(ActivityKind.Producer)]
    [InlineData(ActivityKind.Consumer)]
    public async Task A_span_of_any_other_kind_is_exported_with_its_calls(ActivityKind kind) =>
        Assert.Equal(["SELECT", "work"], await ExportedAsync(source =>
        {
            using var work = source.StartActivity("work", kind);
            source.StartActivity("SELECT", ActivityKind.Client)?.Dispose();
        }));

    [Fact]
    public async Task A_call_whose_parent_is_in_another_process_is_exported() =>
        Assert.Equal(["SELECT"], await ExportedAsync(source =>
        {
            var parent = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded, isRemote: true);
            source.StartActivity("SELECT", ActivityKind.Client, parent)?.Dispose();
        }));

    private static async Task<IEnumerable<string>> ExportedAsync(Action<ActivitySource> work)
    {
        var name = $"test-{Guid.NewGuid():N}";
        var exported = new ConcurrentQueue<string>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddServiceDefaults();
        builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing
            .AddSource(name)
            .AddProcessor(new SimpleActivityExportProcessor(new Exporter(name, exported))));
        await using var app = builder.Build();
        app.Services.GetRequiredService<TracerProvider>();
        using var source = new ActivitySource(name);

        Activity.Current = null;
        work(source);

        return exported;
    }

    private sealed class Exporter(string source, ConcurrentQueue<string> names) : BaseExporter<Activity>
    {
        public override ExportResult Export(in Batch<Activity> batch)
        {
            foreach (var span in batch)
            {
                // The requests of tests that run at the same time pass by too.
                if (span.Source.Name == source)
                {
                    names.Enqueue(span.OperationName);
                }
            }

            return ExportResult.Success;
        }
    }
}
