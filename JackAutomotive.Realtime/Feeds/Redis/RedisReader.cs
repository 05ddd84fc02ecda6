using System.Net;
using System.Net.Sockets;
using System.Text;
using JackAutomotive.Contracts;
using RESPite;
using StackExchange.Redis;

namespace JackAutomotive.Realtime.Feeds.Redis;

/// <summary>
/// Reads one connection to Redis on its own thread. The thread passes each message to the feed of the message's lead. When all received
/// bytes are handled, the thread flushes every feed that has events to write. Messages that arrive during a flush form the next batch.
/// After a failure the thread reconnects and subscribes to every wanted lead again.
/// </summary>
internal sealed partial class RedisReader(
    Func<EndPoint?> findServer,
    ConfigurationOptions settings,
    bool isSharded,
    IMessageSink sink,
    BackgroundLoops loops,
    TimeProvider time,
    ILogger logger)
{
    // Limits the time for which the first message of a batch waits for the last message.
    private const int MaxBatchBytes = 64 * 1024;
    private const int ChannelsPerCommand = 500;
    private static readonly TimeSpan s_maxBackoff = TimeSpan.FromSeconds(1);

    private readonly LeadChannelNames _channels = new(settings.ChannelPrefix);
    private readonly string _subscribe = isSharded ? "SSUBSCRIBE" : "SUBSCRIBE";
    private readonly string _unsubscribe = isSharded ? "SUNSUBSCRIBE" : "UNSUBSCRIBE";
    private readonly Lock _gate = new();
    private readonly Dictionary<LeadId, TaskCompletionSource> _subscriptions = [];

    // The number of SUNSUBSCRIBE commands on this connection whose replies have not arrived.
    private readonly Dictionary<LeadId, int> _unsubscribing = [];
    private readonly HashSet<LeadFeed> _feedsToFlush = [];
    private readonly object _backOffSignal = new();

    // A reader that waits for messages or for Redis is well: the health check "redis" reports an unavailable Redis.
    private readonly BackgroundLoop _loop = loops.Create("redis reader", new BackgroundLoopLimits { IsEssential = false });
    private List<LeadId> _unsentSubscriptions = [];
    private RedisSocket? _socket;
    private volatile bool _isStopped;
    private bool _isReady;
    private bool _isUp;
    private int _failures;
    private long _lastReceived = time.GetTimestamp();

    /// <summary>Raised on the reading thread when <see cref="IsUp"/> changes.</summary>
    public event Action? Changed;

    /// <summary>Raised when the server reports that another node owns the channel of a lead that this reader has subscribed to.</summary>
    public event Action? Moved;

    /// <summary>True from the first PONG, which confirms the subscriptions of a new connection, until the connection breaks.</summary>
    public bool IsUp => Volatile.Read(ref _isUp);

    public void Start() => new Thread(Run) { IsBackground = true, Name = "redis reader" }.Start();

    public void Stop()
    {
        _isStopped = true;
        lock (_backOffSignal)
        {
            Monitor.Pulse(_backOffSignal);
        }

        BreakConnection();
    }

    /// <summary>Subscribes to a lead's channel. The task completes when Redis confirms the subscription, which may never happen.</summary>
    public Task SubscribeAsync(LeadId lead)
    {
        lock (_gate)
        {
            if (_subscriptions.TryGetValue(lead, out var subscription))
            {
                return subscription.Task;
            }

            _subscriptions[lead] = subscription = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _unsentSubscriptions.Add(lead);
            if (_unsentSubscriptions.Count == 1)
            {
                // Subscriptions that are added before the work item runs share its commands.
                ThreadPool.UnsafeQueueUserWorkItem(static reader => reader.SendSubscriptions(), this, preferLocal: false);
            }

            return subscription.Task;
        }
    }

    /// <summary>Ends a lead's subscription.</summary>
    public void Unsubscribe(LeadId lead)
    {
        lock (_gate)
        {
            if (_subscriptions.Remove(lead) && !_unsentSubscriptions.Remove(lead)
                && SendIfReady([_unsubscribe, _channels.NameOf(lead)]) && isSharded)
            {
                _unsubscribing[lead] = _unsubscribing.GetValueOrDefault(lead) + 1;
            }
        }
    }

    /// <summary>Returns true if the server has confirmed the lead's subscription and has not ended it since.</summary>
    public bool IsSubscribed(LeadId lead)
    {
        lock (_gate)
        {
            return _subscriptions.TryGetValue(lead, out var subscription) && subscription.Task.IsCompleted;
        }
    }

    /// <summary>Sends a PING, or breaks the connection if the server has sent nothing for <paramref name="timeout"/>.</summary>
    public void CheckAlive(TimeSpan timeout)
    {
        if (time.GetElapsedTime(Interlocked.Read(ref _lastReceived)) > timeout)
        {
            BreakConnection();
        }
        else
        {
            lock (_gate)
            {
                SendIfReady(["PING"]);
            }
        }
    }

    private void Run()
    {
        _loop.Begin();
        while (!_isStopped)
        {
            try
            {
                ReadUntilBroken();
            }
            catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or RespException or RedisException
                or System.Security.Authentication.AuthenticationException)
            {
                LogBroken(e.GetType().Name, e.Message);
            }
            catch (Exception e)
            {
                // The thread survives every exception, because all leads of the connection depend on the thread. Feeds read the events
                // that the thread misses from Postgres.
                _loop.RecordFailure(e);
                LogFailed(e);
            }

            TryMarkDisconnected();
            BackOff(TimeSpan.FromMilliseconds(20 << Math.Min(_failures++, 6)));
        }

        _loop.End(isIntended: true);
    }

    private void TryMarkDisconnected()
    {
        _loop.RecordWaiting();
        try
        {
            MarkDisconnected();
        }
        catch (Exception e)
        {
            // An exception of a listener would end the thread, and with it the process.
            _loop.RecordFailure(e);
        }
    }

    private void BackOff(TimeSpan backoff)
    {
        lock (_backOffSignal)
        {
            if (!_isStopped)
            {
                Monitor.Wait(_backOffSignal, backoff < s_maxBackoff ? backoff : s_maxBackoff);
            }
        }
    }

    private void ReadUntilBroken()
    {
        RecordReceiveTime();
        using var socket = new RedisSocket();
        lock (_gate)
        {
            _socket = socket;
        }

        socket.Connect(findServer() ?? throw new IOException("No server is known."), settings);
        SubscribeToAll(socket);

        var buffer = new byte[256 * 1024];
        var bufferedBytes = 0;
        while (!_isStopped)
        {
            var received = socket.Receive(buffer.AsSpan(bufferedBytes));
            if (received == 0)
            {
                throw new IOException("The server closed the connection.");
            }

            _loop.RecordWorking();
            RecordReceiveTime();
            bufferedBytes += received;
            var handledBytes = HandleFrames(buffer.AsSpan(0, bufferedBytes));
            FlushFeeds();
            _loop.RecordRound();

            // The start of an incomplete frame remains. A frame that is larger than the buffer needs a larger buffer.
            bufferedBytes -= handledBytes;
            buffer.AsSpan(handledBytes, bufferedBytes).CopyTo(buffer);
            if (bufferedBytes == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
    }

    private int HandleFrames(ReadOnlySpan<byte> received)
    {
        var handledBytes = 0;
        var batchBytes = 0;
        while (PushFrame.Read(received[handledBytes..], out var frame) is > 0 and var frameLength)
        {
            handledBytes += frameLength;
            batchBytes += frameLength;
            Handle(frame);
            if (batchBytes >= MaxBatchBytes)
            {
                FlushFeeds();
                batchBytes = 0;
            }
        }

        return handledBytes;
    }

    private void Handle(in PushFrame frame)
    {
        switch (frame.Kind)
        {
            case PushKind.Message:
                if (_channels.TryParse(frame.Channel, out var lead) && sink.Receive(lead, frame.Payload) is { } feed)
                {
                    _feedsToFlush.Add(feed);
                }

                break;
            case PushKind.Subscribed:
                ConfirmSubscription(frame.Channel);
                break;
            case PushKind.Pong:
                SetIsUp(true);
                break;
            case PushKind.Unsubscribed when IsEndedByServer(frame.Channel):
                Moved?.Invoke();
                break;
            case PushKind.Error when frame.Payload.StartsWith("MOVED"u8):
                Moved?.Invoke();
                break;
            case PushKind.Error:
                throw new RedisException(Encoding.UTF8.GetString(frame.Payload));
        }
    }

    private void FlushFeeds()
    {
        foreach (var feed in _feedsToFlush)
        {
            feed.Flush();
        }

        _feedsToFlush.Clear();
    }

    // The reply to the PING confirms all subscriptions that were sent before the PING.
    private void SubscribeToAll(RedisSocket socket)
    {
        lock (_gate)
        {
            _isReady = true;
            _unsentSubscriptions = [];
            _unsubscribing.Clear();
            SendSubscriptions(socket, [.. _subscriptions.Keys]);
            socket.Send("PING");
        }
    }

    private void SendSubscriptions()
    {
        lock (_gate)
        {
            var leads = _unsentSubscriptions;
            _unsentSubscriptions = [];
            if (!_isReady || _socket is not { } socket)
            {
                return;
            }

            try
            {
                SendSubscriptions(socket, leads);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException)
            {
                LogBroken(e.GetType().Name, e.Message);
            }
        }
    }

    private void SendSubscriptions(RedisSocket socket, IReadOnlyCollection<LeadId> leads)
    {
        // A cluster accepts several channels in one command only if the channels share a slot.
        foreach (var batch in leads.Chunk(isSharded ? 1 : ChannelsPerCommand))
        {
            socket.Send([_subscribe, .. batch.Select(_channels.NameOf)]);
        }
    }

    private void ConfirmSubscription(ReadOnlySpan<byte> channel)
    {
        if (!_channels.TryParse(channel, out var lead))
        {
            return;
        }

        lock (_gate)
        {
            if (_subscriptions.TryGetValue(lead, out var subscription))
            {
                subscription.TrySetResult();
            }
        }
    }

    // A reply to our own SUNSUBSCRIBE is no news. Otherwise the server has ended the subscription, because the channel's slot has moved.
    private bool IsEndedByServer(ReadOnlySpan<byte> channel)
    {
        if (!_channels.TryParse(channel, out var lead))
        {
            return false;
        }

        lock (_gate)
        {
            if (_unsubscribing.Remove(lead, out var replies))
            {
                if (replies > 1)
                {
                    _unsubscribing[lead] = replies - 1;
                }

                return false;
            }

            if (!_subscriptions.TryGetValue(lead, out var subscription))
            {
                return false;
            }

            if (subscription.Task.IsCompleted)
            {
                _subscriptions[lead] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return true;
        }
    }

    private bool SendIfReady(ReadOnlySpan<string> command)
    {
        if (!_isReady || _socket is not { } socket)
        {
            return false;
        }

        try
        {
            socket.Send(command);
            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException)
        {
            LogBroken(e.GetType().Name, e.Message);
            return false;
        }
    }

    private void RecordReceiveTime() => Interlocked.Exchange(ref _lastReceived, time.GetTimestamp());

    private void BreakConnection()
    {
        lock (_gate)
        {
            _isReady = false;
            _socket?.Dispose();
        }
    }

    private void MarkDisconnected()
    {
        lock (_gate)
        {
            _isReady = false;
            _socket = null;
        }

        SetIsUp(false);
    }

    private void SetIsUp(bool up)
    {
        if (_isUp == up)
        {
            return;
        }

        Volatile.Write(ref _isUp, up);
        _failures = up ? 0 : _failures;
        Changed?.Invoke();
    }

    [LoggerMessage(LogLevel.Debug, "A connection to Redis broke or could not be opened ({Error}): {Reason}")]
    private partial void LogBroken(string error, string reason);

    [LoggerMessage(LogLevel.Error, "A message from Redis could not be handled; reconnecting")]
    private partial void LogFailed(Exception exception);
}

/// <summary>Receives the messages that the readers' threads read from Redis.</summary>
internal interface IMessageSink
{
    /// <summary>Receives one message. Returns the lead's feed if the feed now has events to flush, else null.</summary>
    LeadFeed? Receive(LeadId lead, ReadOnlySpan<byte> message);
}
