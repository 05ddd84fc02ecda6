namespace JackAutomotive.Realtime.Access;

/// <summary>
/// Counts each open stream, and refuses a stream beyond the limits. The gate comes after authentication and authorization: a stranger's
/// request takes no part of the limits, so strangers cannot keep viewers out.
/// </summary>
internal sealed class StreamGate(RequestDelegate next, ConnectionLimits limits, ConnectionRefusals refusals)
{
    public Task InvokeAsync(HttpContext context) => context.IsStream() ? CountAsync(context) : next(context);

    private async Task CountAsync(HttpContext context)
    {
        var viewer = Viewer.Of(context.User);
        var refusal = limits.CountOrRefuse(viewer);
        if (refusal != ConnectionRefusal.None)
        {
            await refusals.AnswerAsync(context, refusal, viewer);
            return;
        }

        var admission = new Admission(limits, viewer);
        context.Features.Set(admission);
        try
        {
            await next(context);
        }
        finally
        {
            if (!admission.IsTakenOver)
            {
                admission.Dispose();
            }
        }
    }
}

/// <summary>
/// One counted stream. The count is released once: by the stream if the stream took over the admission, otherwise by the request. A stream
/// can outlive its request.
/// </summary>
internal sealed class Admission(ConnectionLimits limits, Viewer viewer) : IDisposable
{
    /// <summary>True if the stream took over this admission and disposes it.</summary>
    public bool IsTakenOver { get; private set; }

    /// <summary>Lets the stream take over the admission. The stream disposes the admission when it ends.</summary>
    public Admission TakeOver()
    {
        IsTakenOver = true;
        return this;
    }

    /// <inheritdoc/>
    public void Dispose() => limits.Release(viewer);
}
