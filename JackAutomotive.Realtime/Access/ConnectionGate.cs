namespace JackAutomotive.Realtime.Access;

/// <summary>Counts a stream for as long as it is open, and turns away what is too much before anything is done for it.</summary>
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

/// <summary>Counts the stream as its viewer's, once it is known whose it is.</summary>
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

/// <summary>The place of one stream under the limits; given back once, by the request or by the stream that took it and outlives it.</summary>
internal sealed class Admission(ConnectionLimits limits) : IDisposable
{
    /// <summary>As whose it was counted, if as anybody's yet.</summary>
    public Viewer? Viewer { get; set; }

    /// <summary>A stream has taken it.</summary>
    public bool IsTaken { get; private set; }

    /// <summary>From here on it is the stream's.</summary>
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
