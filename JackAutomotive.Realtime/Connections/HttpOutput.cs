using System.IO.Pipelines;

namespace JackAutomotive.Realtime.Connections;

/// <summary>A stream as an ordinary response: for HTTP/2 and for encrypted connections, which cannot be written to directly.</summary>
internal sealed class HttpOutput(HttpContext context) : IStreamOutput
{
    private readonly PipeWriter _body = context.Response.BodyWriter;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the stream has ended; until then the request must not.</summary>
    public Task Ended => _ended.Task;

    /// <inheritdoc/>
    public bool HasInput => false;

    /// <inheritdoc/>
    public async ValueTask<bool> SendAsync(Block block)
    {
        try
        {
            var result = await _body.WriteAsync(block.Frames, context.RequestAborted);
            return !result.IsCompleted && !result.IsCanceled;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Complete() => _ended.TrySetResult();

    /// <inheritdoc/>
    public void Abort()
    {
        context.Abort();
        _ended.TrySetResult();
    }

    /// <inheritdoc/>
    public void WhenGone(Action<object?> action, object state) => context.RequestAborted.UnsafeRegister(action, state);
}
