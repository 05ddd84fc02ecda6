using JackAutomotive.Realtime.Transport;

namespace JackAutomotive.Realtime.Streams;

/// <summary>A source of events that watchers join: a lead's feed or the log of all leads.</summary>
internal interface IWatchSource
{
    /// <summary>Removes a watcher whose stream has ended. The source no longer stays open for this watcher.</summary>
    void Leave(Watcher watcher);
}

/// <summary>
/// One client's stream. The caller's thread writes a block to the connection at once. Blocks wait here, by reference, only while the client
/// is behind. If more bytes wait than <see cref="RealtimeOptions.BacklogBytes"/> allows, the client is cut: the connection is aborted, and
/// the client reconnects and resumes without a gap.
/// </summary>
internal sealed class Watcher(IStreamOutput output, IWatchSource source, Watchers watchers)
{
    // Passing frames may fill at most a quarter of the backlog.
    private const int PassingDivisor = 4;

    private readonly Lock _gate = new();
    private Queue<Block>? _queue;
    private IDisposable? _resources;
    private TaskCompletionSource? _drained;
    private int _pendingBytes;
    private long _lastWrite = watchers.Time.GetTimestamp();
    private bool _isSending;
    private bool _isEnding;
    private bool _hasEnded;

    /// <summary>The seq after which the watcher joined its feed. The client already has every event up to this seq. Guarded by the feed.</summary>
    public long JoinedAfter { get; set; }

    /// <summary>The watcher's index in its feed's list, or -1 while it is not in the list. Guarded by the feed.</summary>
    public int Index { get; set; } = -1;

    /// <summary>True if the watcher has left its feed and must not join again. Guarded by the feed.</summary>
    public bool HasLeft { get; set; }

    /// <summary>The watcher's heartbeat slot, or -1 before it has one. Guarded by <see cref="Watchers"/>.</summary>
    public int Slot { get; set; } = -1;

    /// <summary>True if the stream is ending or has ended.</summary>
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

    /// <summary>Disposes <paramref name="resource"/> when the stream has ended; at once if the stream has already ended.</summary>
    public void DisposeAtEnd(IDisposable? resource)
    {
        if (resource is null)
        {
            return;
        }

        lock (_gate)
        {
            if (!_hasEnded)
            {
                _resources = _resources is null ? resource : new DisposablePair(_resources, resource);
                return;
            }
        }

        resource.Dispose();
    }

    /// <summary>
    /// Sends a block, or queues it until the client has taken the earlier blocks. Never blocks the caller. Returns false if the stream is
    /// ending.
    /// </summary>
    public bool Send(Block block)
    {
        lock (_gate)
        {
            if (_isEnding)
            {
                return false;
            }

            // A single block is always accepted. Otherwise a client could never get past an event that is larger than the limit.
            if (_pendingBytes > 0 && _pendingBytes + block.Length > watchers.Options.BacklogBytes)
            {
                Abort(AbortReason.BacklogFull);
                return false;
            }

            SendOrQueue(block);
            return true;
        }
    }

    /// <summary>
    /// Sends a passing frame, or skips it if the client is behind, so that passing frames do not use up the backlog that events need.
    /// Returns false if the frame is skipped or the stream is ending.
    /// </summary>
    public bool SendPassing(Block block)
    {
        lock (_gate)
        {
            if (_pendingBytes + block.Length <= watchers.Options.BacklogBytes / PassingDivisor)
            {
                return Send(block);
            }

            if (!_isEnding)
            {
                watchers.Metrics.CountSkippedPassingFrame();
            }

            return false;
        }
    }

    /// <summary>Sends a block of a replay and waits until the client has taken it. Returns false if the stream is ending.</summary>
    public async ValueTask<bool> ReplayAsync(Block block)
    {
        TaskCompletionSource? drained = null;
        lock (_gate)
        {
            if (_isEnding)
            {
                return false;
            }

            SendOrQueue(block);
            if (_isSending)
            {
                drained = _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        await (drained?.Task ?? Task.CompletedTask);
        return !IsEnding;
    }

    /// <summary>Ends the stream after the queued blocks and <paramref name="lastFrame"/> have been sent.</summary>
    public void End(Block lastFrame)
    {
        lock (_gate)
        {
            if (_isEnding)
            {
                return;
            }

            SendOrQueue(lastFrame);
            _isEnding = true;
            if (!_isSending)
            {
                Finish();
            }
        }
    }

    /// <summary>Aborts the connection at once, unless the stream has ended. A client that this service cuts is counted.</summary>
    public void Abort(AbortReason reason)
    {
        lock (_gate)
        {
            if (_hasEnded)
            {
                return;
            }

            if (AbortReasons.TagOf(reason) is { } tag)
            {
                watchers.Metrics.CountCutClient(tag);
            }

            MarkEnded();

            // The abort runs on another thread, because this thread may be the one that writes to all streams.
            ThreadPool.UnsafeQueueUserWorkItem(static abort => abort.Output.Abort(abort.Reason), (Output: output, Reason: reason), false);
        }
    }

    /// <summary>
    /// Cuts a client that has not taken a block within <see cref="RealtimeOptions.WriteTimeout"/>, and a client that sends data after its
    /// request. Sends <paramref name="heartbeat"/> on a silent stream.
    /// </summary>
    public void CheckAlive(Block heartbeat)
    {
        lock (_gate)
        {
            var silence = watchers.Time.GetElapsedTime(_lastWrite);
            if (_isSending && silence >= watchers.Options.WriteTimeout)
            {
                Abort(AbortReason.WriteTimeout);
            }
            else if (output.HasInput)
            {
                Abort(AbortReason.ClientSentData);
            }
            else if (!_isSending && silence >= watchers.Options.HeartbeatInterval / 2)
            {
                Send(heartbeat);
            }
        }
    }

    private void SendOrQueue(Block block)
    {
        _pendingBytes += block.Length;
        if (_isSending)
        {
            (_queue ??= new Queue<Block>()).Enqueue(block);
            return;
        }

        _lastWrite = watchers.Time.GetTimestamp();
        var sending = output.SendAsync(block);
        if (!sending.IsCompletedSuccessfully)
        {
            _isSending = true;
            _ = SendQueuedAsync(sending, block.Length);
        }
        else if (sending.Result)
        {
            _pendingBytes = 0;
        }
        else
        {
            Abort(AbortReason.ClientDisconnected);
        }
    }

    // Runs while the client is behind, until the client has taken every queued block.
    private async Task SendQueuedAsync(ValueTask<bool> sending, int sendingBytes)
    {
        while (await sending)
        {
            Block? next;
            lock (_gate)
            {
                _lastWrite = watchers.Time.GetTimestamp();
                _pendingBytes -= sendingBytes;
                if (_queue is null || !_queue.TryDequeue(out next))
                {
                    _queue = null;
                    _isSending = false;
                    _drained?.TrySetResult();
                    _drained = null;
                    if (_isEnding)
                    {
                        Finish();
                    }

                    return;
                }
            }

            sendingBytes = next.Length;
            sending = output.SendAsync(next);
        }

        Abort(AbortReason.ClientDisconnected);
    }

    private void Finish()
    {
        if (!_hasEnded)
        {
            MarkEnded();
            output.Complete();
        }
    }

    private void MarkEnded()
    {
        _hasEnded = true;
        _isEnding = true;
        _queue = null;
        _drained?.TrySetResult();

        // The release runs on another thread, because the feed may be iterating over its watchers under its gate.
        ThreadPool.UnsafeQueueUserWorkItem(static watcher => watcher.ReleaseResources(), this, preferLocal: false);
    }

    private void ReleaseResources()
    {
        source.Leave(this);
        watchers.Remove(this);
        _resources?.Dispose();
    }

    private sealed class DisposablePair(IDisposable first, IDisposable second) : IDisposable
    {
        public void Dispose()
        {
            first.Dispose();
            second.Dispose();
        }
    }
}
