using System.Net;
using System.Net.Sockets;
using System.Text;
using JackAutomotive.Contract;
using JackAutomotive.Realtime.Events;
using RESPite;
using StackExchange.Redis;

namespace JackAutomotive.Realtime.Redis;

/// <summary>
/// One thread that reads one connection to Redis: it finds the lead of each message, hands the message to the lead's feed, and when
/// nothing more has arrived lets all feeds that got something write to their streams. What arrives while it writes goes out together.
/// It connects again by itself and then subscribes to everything that is wanted.
/// </summary>
internal sealed partial class RedisReader(
    Func<EndPoint?> findServer,
    ConfigurationOptions settings,
    bool isSharded,
    IMessageSink sink,
    TimeProvider time,
    ILogger logger)
{
    // More is not glued together: the first of it should not wait for the last.
    private const int MaxHeldBytes = 64 * 1024;
    private const int BatchSize = 500;
    private static readonly TimeSpan s_maxBackoff = TimeSpan.FromSeconds(1);

    private readonly string _subscribe = isSharded ? "SSUBSCRIBE" : "SUBSCRIBE";
    private readonly string _unsubscribe = isSharded ? "SUNSUBSCRIBE" : "UNSUBSCRIBE";
    private readonly Lock _gate = new();
    private readonly Dictionary<LeadId, TaskCompletionSource> _wanted = [];
    private readonly HashSet<LeadFeed> _dirty = [];
    private readonly object _pause = new();
    private List<LeadId> _toSubscribe = [];
    private RedisSocket? _socket;
    private volatile bool _isStopped;
    private bool _isReady;
    private bool _isUp;
    private int _failures;
    private long _lastHeard = time.GetTimestamp();

    /// <summary>Raised on the reading thread when all that is wanted is subscribed to, and when that is over.</summary>
    public event Action? Changed;

    /// <summary>Raised when the server says that a lead's channel is another node's.</summary>
    public event Action? Moved;

    /// <summary>Messages come through this connection.</summary>
    public bool IsUp => Volatile.Read(ref _isUp);

    public void Start() => new Thread(Run) { IsBackground = true, Name = "redis reader" }.Start();

    public void Stop()
    {
        _isStopped = true;
        lock (_pause)
        {
            Monitor.Pulse(_pause);
        }

        Reset();
    }

    /// <summary>Subscribes to a lead's channel. Completes when Redis has confirmed it, which it may never do.</summary>
    public Task SubscribeAsync(LeadId lead)
    {
        lock (_gate)
        {
            if (_wanted.TryGetValue(lead, out var subscription))
            {
                return subscription.Task;
            }

            _wanted[lead] = subscription = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _toSubscribe.Add(lead);
            if (_toSubscribe.Count == 1)
            {
                // All that are wanted by the time it runs go in one command.
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
            if (_wanted.Remove(lead) && !_toSubscribe.Remove(lead))
            {
                TrySend([_unsubscribe, LeadMessage.ChannelOf(lead)]);
            }
        }
    }

    /// <summary>Asks for a sign of life, and breaks a connection that has given none for <paramref name="patience"/>.</summary>
    public void CheckAlive(TimeSpan patience)
    {
        if (time.GetElapsedTime(Interlocked.Read(ref _lastHeard)) > patience)
        {
            Reset();
        }
        else
        {
            lock (_gate)
            {
                TrySend(["PING"]);
            }
        }
    }

    private void Run()
    {
        while (!_isStopped)
        {
            try
            {
                ReadUntilItBreaks();
            }
            catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or RespException or RedisException
                or System.Security.Authentication.AuthenticationException)
            {
                LogBroken(e.GetType().Name, e.Message);
            }
            catch (Exception e)
            {
                // Whatever a message led to: what may have been missed is read from Postgres, and this thread is everybody's.
                LogFailed(e);
            }

            Disconnect();
            Pause(TimeSpan.FromMilliseconds(20 << Math.Min(_failures++, 6)));
        }
    }

    private void Pause(TimeSpan backoff)
    {
        lock (_pause)
        {
            if (!_isStopped)
            {
                Monitor.Wait(_pause, backoff < s_maxBackoff ? backoff : s_maxBackoff);
            }
        }
    }

    private void ReadUntilItBreaks()
    {
        Heard();
        using var socket = new RedisSocket();
        lock (_gate)
        {
            _socket = socket;
        }

        socket.Connect(findServer() ?? throw new IOException("No server is known."), settings);
        SubscribeToAll(socket);

        var buffer = new byte[256 * 1024];
        var length = 0;
        while (!_isStopped)
        {
            var received = socket.Receive(buffer.AsSpan(length));
            if (received == 0)
            {
                throw new IOException("The server closed the connection.");
            }

            Heard();
            length += received;
            var used = Take(buffer.AsSpan(0, length));
            WriteOut();

            length -= used;
            buffer.AsSpan(used, length).CopyTo(buffer);
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
    }

    private int Take(ReadOnlySpan<byte> received)
    {
        var used = 0;
        var held = 0;
        while (PushFrame.Read(received[used..], out var frame) is > 0 and var length)
        {
            used += length;
            held += length;
            Handle(frame);
            if (held >= MaxHeldBytes)
            {
                WriteOut();
                held = 0;
            }
        }

        return used;
    }

    private void Handle(in PushFrame frame)
    {
        switch (frame.Kind)
        {
            case PushKind.Message:
                if (LeadMessage.TryReadChannel(frame.Channel, out var lead) && sink.Take(lead, frame.Payload) is { } feed)
                {
                    _dirty.Add(feed);
                }

                break;
            case PushKind.Subscribed:
                Confirm(frame.Channel);
                break;
            case PushKind.Pong:
                SetUp(true);
                break;
            case PushKind.Dropped:
                Moved?.Invoke();
                break;
            case PushKind.Error when frame.Payload.StartsWith("MOVED"u8):
                Moved?.Invoke();
                break;
            case PushKind.Error:
                throw new RedisException(Encoding.UTF8.GetString(frame.Payload));
        }
    }

    private void WriteOut()
    {
        foreach (var feed in _dirty)
        {
            feed.WriteOut();
        }

        _dirty.Clear();
    }

    // The answer to the PING says that all subscriptions before it are in place: nothing is missed from there on.
    private void SubscribeToAll(RedisSocket socket)
    {
        lock (_gate)
        {
            _isReady = true;
            _toSubscribe = [];
            SendSubscriptions(socket, [.. _wanted.Keys]);
            socket.Send("PING");
        }
    }

    private void SendSubscriptions()
    {
        lock (_gate)
        {
            var leads = _toSubscribe;
            _toSubscribe = [];
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
        // A cluster takes several channels in one command only if they share a slot.
        foreach (var batch in leads.Chunk(isSharded ? 1 : BatchSize))
        {
            socket.Send([_subscribe, .. batch.Select(LeadMessage.ChannelOf)]);
        }
    }

    private void Confirm(ReadOnlySpan<byte> channel)
    {
        if (!LeadMessage.TryReadChannel(channel, out var lead))
        {
            return;
        }

        lock (_gate)
        {
            if (_wanted.TryGetValue(lead, out var subscription))
            {
                subscription.TrySetResult();
            }
        }
    }

    private void TrySend(ReadOnlySpan<string> command)
    {
        if (!_isReady || _socket is not { } socket)
        {
            return;
        }

        try
        {
            socket.Send(command);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException)
        {
            LogBroken(e.GetType().Name, e.Message);
        }
    }

    private void Heard() => Interlocked.Exchange(ref _lastHeard, time.GetTimestamp());

    private void Reset()
    {
        lock (_gate)
        {
            _isReady = false;
            _socket?.Dispose();
        }
    }

    private void Disconnect()
    {
        lock (_gate)
        {
            _isReady = false;
            _socket = null;
        }

        SetUp(false);
    }

    private void SetUp(bool up)
    {
        if (_isUp == up)
        {
            return;
        }

        Volatile.Write(ref _isUp, up);
        _failures = up ? 0 : _failures;
        Changed?.Invoke();
    }

    [LoggerMessage(LogLevel.Debug, "A connection to Redis broke or could not be made ({Error}): {Reason}")]
    private partial void LogBroken(string error, string reason);

    [LoggerMessage(LogLevel.Error, "A message from Redis could not be dealt with; connecting again")]
    private partial void LogFailed(Exception exception);
}

/// <summary>Takes messages off a reading thread.</summary>
internal interface IMessageSink
{
    /// <summary>Takes one message; returns the feed that has something to write now, if any.</summary>
    LeadFeed? Take(LeadId lead, ReadOnlySpan<byte> message);
}
