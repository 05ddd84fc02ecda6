using System.Diagnostics;
using OpenTelemetry;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// Drops the spans of calls that background loops make. A query or a publish without a parent span is a trace of its own, and a busy
/// day has thousands of such traces. Such a call is exported only if it failed or took <see cref="SlowThreshold"/> or longer.
/// </summary>
internal sealed class BackgroundCallFilter : BaseProcessor<Activity>
{
    /// <summary>The minimum duration of a successful background call that is exported.</summary>
    public static TimeSpan SlowThreshold { get; } = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public override void OnEnd(Activity span)
    {
        if (span.Kind == ActivityKind.Client
            && span.ParentSpanId == default
            && span.Status != ActivityStatusCode.Error
            && span.Duration < SlowThreshold)
        {
            // Exporters skip a span without the flag Recorded.
            span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }
}
