namespace JackAutomotive.Realtime.Access;

/// <summary>Counts each open stream, and refuses a stream beyond the limits of the instance before any other work.</summary>
internal sealed class ConnectionGate(RequestDelegate next, ConnectionLimits limits, ConnectionRefusals refusals)
{
    public Task InvokeAsync(HttpContext context) => context.IsStream() ? CountAsync(context) : next(context);

    private async Task CountAsync(HttpContext context)
    {
        var refusal = limits.TryEnter();
        if (refusal != ConnectionRefusal.None)
        {
            await refusals.AnswerAsync(context, refusal, null);
            return;
        }

        var admission = new Admission(limits);
        context.Features.Set(admission);
        try
        {
            await next(context);
        }
        finally
        {
            if (!admission.IsTaken)
            {
                admission.Dispose();
            }
        }
    }
}

/// <summary>Counts each stream for its API key and viewer, after authentication, and refuses a stream beyond their limits.</summary>
internal sealed class ViewerGate(RequestDelegate next, ConnectionLimits limits, ConnectionRefusals refusals)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<Admission>() is not { } admission)
        {
            return next(context);
        }

        var viewer = Viewer.Of(context.User);
        var refusal = limits.TryEnter(viewer);
        if (refusal != ConnectionRefusal.None)
        {
            return refusals.AnswerAsync(context, refusal, viewer);
        }

        admission.Viewer = viewer;
        return next(context);
    }
}

/// <summary>
/// One stream's share of the connection limits. The share is released once: by the stream if the stream took it over, otherwise by the
/// request. A stream can outlive its request.
/// </summary>
internal sealed class Admission(ConnectionLimits limits) : IDisposable
{
    /// <summary>The viewer for whom the stream was counted; null before authentication.</summary>
    public Viewer? Viewer { get; set; }

    /// <summary>True if the stream took over this admission and disposes it.</summary>
    public bool IsTaken { get; private set; }

    /// <summary>Transfers the admission to the stream, which disposes it when it ends.</summary>
    public Admission Take()
    {
        IsTaken = true;
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        limits.Leave();
        if (Viewer is { } viewer)
        {
            limits.Leave(viewer);
        }
    }
}
