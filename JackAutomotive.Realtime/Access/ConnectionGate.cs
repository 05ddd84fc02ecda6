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

        try
        {
            await next(context);
        }
        finally
        {
            limits.Leave();
            if (context.Features.Get<CountedViewer>() is { Viewer: var viewer })
            {
                limits.Leave(viewer);
            }
        }
    }
}

/// <summary>Counts the stream as its viewer's, once it is known whose it is; <see cref="ConnectionGate"/> counts it out again.</summary>
internal sealed class ViewerGate(RequestDelegate next, ConnectionLimits limits, ConnectionRefusals refusals)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (!context.IsStream())
        {
            return next(context);
        }

        var viewer = Viewer.Of(context.User);
        var refusal = limits.TryEnter(viewer);
        if (refusal != ConnectionRefusal.None)
        {
            return refusals.AnswerAsync(context, refusal, viewer);
        }

        context.Features.Set(new CountedViewer(viewer));
        return next(context);
    }
}

/// <summary>As whose a stream was counted.</summary>
internal sealed record CountedViewer(Viewer Viewer);
