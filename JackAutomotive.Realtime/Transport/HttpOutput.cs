using System.IO.Pipelines;

namespace JackAutomotive.Realtime.Transport;

/// <summary>Sends a stream as an ordinary response: for HTTP/2 and TLS, where the service cannot write to the socket directly.</summary>
internal sealed class HttpOutput(HttpContext context) : IStreamOutput
{
    private readonly PipeWriter _body = context.Response.BodyWriter;
    private readonly CancellationToken _aborted = context.RequestAborted;
    private readonly TaskCompletionSource<bool> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc/>
    public bool HasInput => false;

    /// <summary>
    /// Completes when the stream has ended. The request must last until then. This method aborts the request, because
    /// <see cref="HttpContext"/> is valid only while the request lasts.
    /// </summary>
    public async Task WaitUntilEndedAsync()
    {
        if (!await _ended.Task)
        {
            context.Abort();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> SendAsync(Block block)
    {
        try
        {
            var result = await _body.WriteAsync(block.Frames, _aborted);
            return !result.IsCompleted && !result.IsCanceled;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Complete() => _ended.TrySetResult(true);

    /// <inheritdoc/>
    public void Abort(AbortReason reason) => _ended.TrySetResult(false);

    /// <inheritdoc/>
    public void OnDisconnected(Action<object?> action, object state) => _aborted.UnsafeRegister(action, state);
}
