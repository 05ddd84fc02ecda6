using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace JackAutomotive.Realtime.Transport;

/// <summary>
/// Writes a connection's output to the socket without a pipe in between: a flush completes when the kernel has accepted the bytes.
/// Kestrel's HTTP layer writes here until a stream takes over the connection. Whatever HTTP writes later is discarded.
/// </summary>
internal sealed class SocketPipeWriter(Socket socket, MemoryPool<byte> pool) : PipeWriter
{
    private List<(IMemoryOwner<byte> Owner, int Length)>? _fullBuffers;
    private IMemoryOwner<byte>? _currentBuffer;
    private int _used;
    private long _unflushed;

    /// <summary>True after a stream has taken over the connection: all further output of HTTP is discarded.</summary>
    public bool IsMuted { get; set; }

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => _unflushed;

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_currentBuffer is not null && _currentBuffer.Memory.Length - _used < Math.Max(1, sizeHint))
        {
            (_fullBuffers ??= []).Add((_currentBuffer, _used));
            _currentBuffer = null;
        }

        if (_currentBuffer is null)
        {
            _currentBuffer = sizeHint <= pool.MaxBufferSize ? pool.Rent() : MemoryPool<byte>.Shared.Rent(sizeHint);
            _used = 0;
        }

        return _currentBuffer.Memory[_used..];
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        _used += bytes;
        _unflushed += bytes;
    }

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_unflushed == 0 || IsMuted)
        {
            ReleaseBuffers();
            return new ValueTask<FlushResult>(new FlushResult(isCanceled: false, isCompleted: false));
        }

        return SendAllAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush()
    {
        // No cancellation is needed: a flush ends when the kernel accepts the bytes or the connection breaks.
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => ReleaseBuffers();

    private async ValueTask<FlushResult> SendAllAsync(CancellationToken cancellationToken)
    {
        var isSent = true;
        try
        {
            foreach (var (owner, length) in _fullBuffers ?? [])
            {
                isSent = isSent && await socket.SendAllAsync(owner.Memory[..length], cancellationToken);
            }

            if (_currentBuffer is not null)
            {
                isSent = isSent && await socket.SendAllAsync(_currentBuffer.Memory[.._used], cancellationToken);
            }
        }
        finally
        {
            ReleaseBuffers();
        }

        // A pipe reports a closed connection as a completed reader, and Kestrel's HTTP layer expects the same.
        return new FlushResult(isCanceled: false, isCompleted: !isSent);
    }

    private void ReleaseBuffers()
    {
        foreach (var (owner, _) in _fullBuffers ?? [])
        {
            owner.Dispose();
        }

        _fullBuffers = null;
        _currentBuffer?.Dispose();
        _currentBuffer = null;
        _used = 0;
        _unflushed = 0;
    }
}
