using JackAutomotive.Realtime.Connections;

namespace JackAutomotive.Realtime.Events;

/// <summary>What a watcher watches.</summary>
internal interface IWatched
{
    /// <summary>The watcher's stream has ended: it gets nothing more, and what it held is given back.</summary>
    void Leave(Watcher watcher);
}

/// <summary>
/// One client's stream. A block goes to the connection at once, on the thread that brings it; only while the client is behind do
/// blocks wait here, by reference. If more waits than may, the connection is cut: a client never sees a stream with holes, it comes
/// back and resumes.
/// </summary>
internal sealed class Watcher(IStreamOutput output, IWatched watched, Watchers watchers)
{
    // Passing frames may fill this part of the backlog.
    private const int PassingShare = 4;

    private readonly Lock _gate = new();
    private Queue<Block>? _waiting;
    private IDisposable? _held;
    private TaskCompletionSource? _idle;
    private int _pendingBytes;
    private long _lastWrite = watchers.Time.GetTimestamp();
    private bool _isSending;
    private bool _isEnding;
    private bool _isOver;

    /// <summary>Events up to this seq reached the client by replay. Guarded by the feed.</summary>
    public long JoinedAfter { get; set; }

    /// <summary>The watcher's place in the list of the feed that it joined, or -1. Guarded by the feed.</summary>
    public int Place { get; set; } = -1;

    /// <summary>It will not join any more. Guarded by the feed.</summary>
    public bool HasLeft { get; set; }

    /// <summary>Which of the heartbeat's slots it is in. Guarded by <see cref="Watchers"/>.</summary>
    public int Slot { get; set; } = -1;

    /// <summary>The stream is to end, or has ended.</summary>
    public bool IsEnding
    {
        get
        {
            lock (_gate)
            {
                return _isEnding;
            }
        }
    }

    /// <summary>Keeps something for as long as the stream lasts.</summary>
    public void Hold(IDisposable? what)
    {
        lock (_gate)
        {
            if (!_isOver)
            {
                _held = _held is null || what is null ? _held ?? what : new Both(_held, what);
                return;
            }
        }

        what?.Dispose();
    }

    /// <summary>Sends a block, in order, as soon as the client takes it. Never waits. False if the client gets nothing more.</summary>
    public bool Send(Block block)
    {
        lock (_gate)
        {
            if (_isEnding)
            {
                return false;
            }

            // A single block is always let through, else a client could never get past an event that is larger than the limit.
            if (_pendingBytes > 0 && _pendingBytes + block.Length > watchers.Options.BacklogBytes)
            {
                Cut("backlog");
                return false;
            }

            SendOrKeep(block);
            return true;
        }
    }

    /// <summary>
    /// The same for a frame that nobody needs: it is left out when the client is behind, rather than using up room that events need.
    /// </summary>
    public bool SendPassing(Block block)
    {
        lock (_gate)
        {
            if (_pendingBytes + block.Length <= watchers.Options.BacklogBytes / PassingShare)
            {
                return Send(block);
            }

            if (!_isEnding)
            {
                watchers.Metrics.LeftOut();
            }

            return false;
        }
    }

    /// <summary>Sends a block of a replay, and completes when the client has taken it. False if the client gets nothing more.</summary>
    public async ValueTask<bool> ReplayAsync(Block block)
    {
        TaskCompletionSource? idle = null;
        lock (_gate)
        {
            if (_isEnding)
            {
                return false;
            }

            SendOrKeep(block);
            if (_isSending)
            {
                idle = _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        await (idle?.Task ?? Task.CompletedTask);
        return !IsEnding;
    }

    /// <summary>Ends the stream properly after what waits already and <paramref name="last"/> were sent.</summary>
    public void End(Block last)
    {
        lock (_gate)
        {
            if (_isEnding)
            {
                return;
            }

            SendOrKeep(last);
            _isEnding = true;
            if (!_isSending)
            {
                Finish();
            }
        }
    }

    /// <summary>Cuts the connection at once.</summary>
    public void Abort()
    {
        lock (_gate)
        {
            Break();
        }
    }

    /// <summary>
    /// Cuts a client that takes nothing, or that talks where it has only to listen, and gives one that got nothing lately a sign of life.
    /// </summary>
    public void CheckAlive(Block comment)
    {
        lock (_gate)
        {
            var quiet = watchers.Time.GetElapsedTime(_lastWrite);
            if (_isSending && quiet >= watchers.Options.WriteTimeout)
            {
                Cut("timeout");
            }
            else if (output.HasInput)
            {
                Cut("input");
            }
            else if (!_isSending && quiet >= watchers.Options.HeartbeatInterval / 2)
            {
                Send(comment);
            }
        }
    }

    private void SendOrKeep(Block block)
    {
        _pendingBytes += block.Length;
        if (_isSending)
        {
            (_waiting ??= new Queue<Block>()).Enqueue(block);
            return;
        }

        _lastWrite = watchers.Time.GetTimestamp();
        var sending = output.SendAsync(block);
        if (!sending.IsCompletedSuccessfully)
        {
            _isSending = true;
            _ = SendOnAsync(sending, block.Length);
        }
        else if (sending.Result)
        {
            _pendingBytes = 0;
        }
        else
        {
            Break();
        }
    }

    // Only while the client is behind: until it has taken everything that came meanwhile.
    private async Task SendOnAsync(ValueTask<bool> sending, int length)
    {
        while (await sending)
        {
            Block? next;
            lock (_gate)
            {
                _lastWrite = watchers.Time.GetTimestamp();
                _pendingBytes -= length;
                if (_waiting is null || !_waiting.TryDequeue(out next))
                {
                    _waiting = null;
                    _isSending = false;
                    _idle?.TrySetResult();
                    _idle = null;
                    if (_isEnding)
                    {
                        Finish();
                    }

                    return;
                }
            }

            length = next.Length;
            sending = output.SendAsync(next);
        }

        Abort();
    }

    private void Cut(string reason)
    {
        if (!_isOver)
        {
            watchers.Metrics.Cut(reason);
            Break();
        }
    }

    private void Break()
    {
        if (!_isOver)
        {
            Leave();

            // Not here: this may be the thread that serves everybody else.
            ThreadPool.UnsafeQueueUserWorkItem(static output => output.Abort(), output, preferLocal: false);
        }
    }

    private void Finish()
    {
        if (!_isOver)
        {
            Leave();
            output.Complete();
        }
    }

    private void Leave()
    {
        _isOver = true;
        _isEnding = true;
        _waiting = null;
        _idle?.TrySetResult();

        // Not here: the feed may hold its gate, and be going through its watchers.
        ThreadPool.UnsafeQueueUserWorkItem(static watcher => watcher.GiveBack(), this, preferLocal: false);
    }

    private void GiveBack()
    {
        watched.Leave(this);
        watchers.Remove(this);
        _held?.Dispose();
    }

    private sealed class Both(IDisposable one, IDisposable other) : IDisposable
    {
        public void Dispose()
        {
            one.Dispose();
            other.Dispose();
        }
    }
}
