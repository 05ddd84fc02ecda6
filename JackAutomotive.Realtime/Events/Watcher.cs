using System.IO.Pipelines;
using System.Threading.Channels;
using JackAutomotive.Contract;
using JackAutomotive.Realtime.Telemetry;

namespace JackAutomotive.Realtime.Events;

/// <summary>
/// One client's connection. Frames wait here, by reference, while the client is busy taking earlier ones, and then leave together;
/// if more waits than may, the connection is cut: a client never sees a stream with holes, it comes back and resumes.
/// </summary>
internal sealed class Watcher(PipeWriter body, Action abort, RealtimeOptions options, RealtimeMetrics metrics, TimeProvider time)
{
    // Passing frames may fill this part of the backlog.
    private const int PassingShare = 4;

    private readonly Lock _gate = new();
    private readonly Channel<bool> _wake =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private List<ReadOnlyMemory<byte>> _waiting = [];
    private List<ReadOnlyMemory<byte>> _leaving = [];
    private int _waitingBytes;
    private int _leavingBytes;
    private long _lastWrite = time.GetTimestamp();
    private bool _flushing;
    private bool _ending;
    private bool _cut;

    /// <summary>Events up to this seq reached the client by replay. Guarded by the feed.</summary>
    public long JoinedAfter { get; set; }

    /// <summary>The stream is to end: <see cref="End"/> was called or the client was cut.</summary>
    public bool IsEnding
    {
        get
        {
            lock (_gate)
            {
                return _ending;
            }
        }
    }

    /// <summary>Leaves a frame to be written, in order, as soon as the client takes it. Never waits.</summary>
    public void Send(ReadOnlyMemory<byte> frame)
    {
        lock (_gate)
        {
            if (_ending)
            {
                return;
            }

            // A single frame is always let through, else a client could never get past one that is larger than the limit.
            var pending = _waitingBytes + _leavingBytes;
            if (pending > 0 && pending + frame.Length > options.BacklogBytes)
            {
                Cut("backlog");
                return;
            }

            _waiting.Add(frame);
            _waitingBytes += frame.Length;
            Wake();
        }
    }

    /// <summary>
    /// The same for a frame that nobody needs: it is left out when the client is behind, rather than using up room that events need.
    /// </summary>
    public void SendPassing(ReadOnlyMemory<byte> frame)
    {
        lock (_gate)
        {
            if (_waitingBytes + _leavingBytes + frame.Length <= options.BacklogBytes / PassingShare)
            {
                Send(frame);
            }
            else if (!_ending)
            {
                metrics.LeftOut();
            }
        }
    }

    /// <summary>Writes what <see cref="Send"/> leaves until the stream is to end. False if the client has gone before.</summary>
    public async Task<bool> PumpAsync(CancellationToken cancellationToken)
    {
        do
        {
            await _wake.Reader.ReadAsync(cancellationToken);
            while (TakeWaiting())
            {
                foreach (var frame in _leaving)
                {
                    Append(frame.Span);
                }

                if (!await FlushAsync(_leaving.Count, _leavingBytes, cancellationToken))
                {
                    return false;
                }
            }
        }
        while (!IsEnding);

        return true;
    }

    /// <summary>Writes at once, for what precedes the live events. False if the client has gone.</summary>
    public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> bytes, int events, CancellationToken cancellationToken)
    {
        Append(bytes.Span);
        return FlushAsync(events, bytes.Length, cancellationToken);
    }

    /// <summary>Writes a page of a replay, or a comment if it is empty. False if the client has gone.</summary>
    public ValueTask<bool> WriteAsync(List<LeadMessage> page, CancellationToken cancellationToken)
    {
        if (page.Count == 0)
        {
            return WriteAsync(StreamFrames.Comment, 0, cancellationToken);
        }

        foreach (var message in page)
        {
            Append(message.Frame.Span);
        }

        return FlushAsync(page.Count, page.Sum(message => message.Frame.Length), cancellationToken);
    }

    /// <summary>Lets the stream end after what waits already was written.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ending = true;
            Wake();
        }
    }

    /// <summary>Cuts the connection at once.</summary>
    public void Abort()
    {
        lock (_gate)
        {
            _cut = true;
            End();
        }

        abort();
    }

    /// <summary>Cuts a client that takes nothing, and gives one that got nothing lately a sign of life.</summary>
    public void CheckAlive(ReadOnlyMemory<byte> comment)
    {
        lock (_gate)
        {
            var quiet = time.GetElapsedTime(_lastWrite);
            if (_flushing && quiet >= options.WriteTimeout)
            {
                Cut("timeout");
            }
            else if (!_flushing && quiet >= options.HeartbeatInterval / 2)
            {
                Send(comment);
            }
        }
    }

    private void Cut(string reason)
    {
        if (_cut)
        {
            return;
        }

        metrics.Cut(reason);
        _cut = true;
        _ending = true;
        _waiting.Clear();
        _waitingBytes = 0;
        Wake();

        // Not here: this is the thread that serves everybody else.
        ThreadPool.UnsafeQueueUserWorkItem(static abort => abort(), abort, preferLocal: false);
    }

    private void Wake() => _wake.Writer.TryWrite(true);

    private bool TakeWaiting()
    {
        lock (_gate)
        {
            (_waiting, _leaving) = (_leaving, _waiting);
            (_waitingBytes, _leavingBytes) = (0, _waitingBytes);
            _waiting.Clear();
            return _leaving.Count > 0;
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(body.GetSpan(bytes.Length));
        body.Advance(bytes.Length);
    }

    private async ValueTask<bool> FlushAsync(int events, int bytes, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _flushing = true;
            _lastWrite = time.GetTimestamp();
        }

        var result = await body.FlushAsync(cancellationToken);
        metrics.Wrote(events, bytes);

        lock (_gate)
        {
            _flushing = false;
            _lastWrite = time.GetTimestamp();
            _leavingBytes = 0;
            return !result.IsCompleted && !_cut;
        }
    }
}
