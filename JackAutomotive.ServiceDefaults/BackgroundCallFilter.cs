using System.Diagnostics;
using OpenTelemetry;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// Keeps calls of background loops out of the traces: a query or a publish without a parent span is a trace of its own, and a busy day
/// has thousands of them. Such a call is exported only if it failed or took <see cref="Slow"/> or longer.
/// </summary>
internal sealed class BackgroundCallFilter : BaseProcessor<Activity>
{
    /// <summary>How long a background call may take without being worth a trace.</summary>
    public static TimeSpan Slow { get; } = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public override void OnEnd(Activity span)
    {
        if (span.Kind == ActivityKind.Client
            && span.ParentSpanId == default
            && span.Status != ActivityStatusCode.Error
            && span.Duration < Slow)
        {
            // Exporters skip a span that is not marked as recorded.
            span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }
}
