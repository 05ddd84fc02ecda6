using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace JackAutomotive.Realtime.Connections;

/// <summary>
/// A connection's output without a pipe in between: a flush has ended when the kernel has taken the bytes. Until its stream is taken
/// over, HTTP writes here; from then on, what HTTP still has to say goes nowhere.
/// </summary>
internal sealed class SocketPipeWriter(Socket socket, MemoryPool<byte> pool) : PipeWriter
{
    private List<(IMemoryOwner<byte> Owner, int Length)>? _full;
    private IMemoryOwner<byte>? _current;
    private int _used;
    private long _unflushed;

    /// <summary>True: everything written from now on is dropped.</summary>
    public bool IsMuted { get; set; }

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => _unflushed;

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_current is not null && _current.Memory.Length - _used < Math.Max(1, sizeHint))
        {
            (_full ??= []).Add((_current, _used));
            _current = null;
        }

        if (_current is null)
        {
            _current = sizeHint <= pool.MaxBufferSize ? pool.Rent() : MemoryPool<byte>.Shared.Rent(sizeHint);
            _used = 0;
        }

        return _current.Memory[_used..];
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
            Forget();
            return new ValueTask<FlushResult>(new FlushResult(isCanceled: false, isCompleted: false));
        }

        return SendAllAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush()
    {
        // A flush ends by itself: the kernel takes the bytes, or the connection breaks.
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => Forget();

    private async ValueTask<FlushResult> SendAllAsync(CancellationToken cancellationToken)
    {
        var isTaken = true;
        try
        {
            foreach (var (owner, length) in _full ?? [])
            {
                isTaken = isTaken && await socket.SendAllAsync(owner.Memory[..length], cancellationToken);
            }

            if (_current is not null)
            {
                isTaken = isTaken && await socket.SendAllAsync(_current.Memory[.._used], cancellationToken);
            }
        }
        finally
        {
            Forget();
        }

        // HTTP learns of a connection that is gone as of a reader that takes no more, the way a pipe tells it.
        return new FlushResult(isCanceled: false, isCompleted: !isTaken);
    }

    private void Forget()
    {
        foreach (var (owner, _) in _full ?? [])
        {
            owner.Dispose();
        }

        _full = null;
        _current?.Dispose();
        _current = null;
        _used = 0;
        _unflushed = 0;
    }
}
