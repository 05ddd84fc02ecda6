using System.Threading.Channels;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Feeds.Redis;
using StackExchange.Redis;

namespace JackAutomotive.Realtime.Tail;

/// <summary>Receives the Redis channel of all leads: hints that the log has grown, and passing frames, which are not in the log.</summary>
internal sealed partial class TailChannel(IConnectionMultiplexer redis, RedisLink link, TimeProvider time, ILogger<TailChannel> logger)
{
    private static readonly RedisChannel s_channel = RedisChannel.Literal(LeadsChannel.Name);

    // Any number of hints that arrive during a read cause exactly one further read.
    private readonly Channel<bool> _hints =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    // Serializes subscription changes: the end of one tail and the start of the next must not overtake each other.
    private readonly Lock _gate = new();
    private Task _lastChange = Task.CompletedTask;
    private ChannelMessageQueue? _queue;
    private volatile LogTail? _tail;

    /// <summary>Whether Redis delivers hints, and since when this state holds (UTC).</summary>
    public (bool IsUp, DateTimeOffset Since) LinkState => link.State;

    /// <summary>Raised after a passing frame was sent to the tail.</summary>
    public event Action<LeadId, ReadOnlyMemory<byte>>? Passed;

    /// <summary>
    /// Subscribes to the channel, or redirects an existing subscription, so that passing frames go to <paramref name="tail"/>. Completes when
    /// Redis has confirmed the subscription or could not be reached. In the latter case the next change of the Redis link retries.
    /// </summary>
    public Task ListenAsync(LogTail tail) => EnqueueChange(() => SubscribeAsync(tail));

    /// <summary>Ends the subscription, unless another tail uses it by now.</summary>
    public Task StopAsync(LogTail tail) => EnqueueChange(() => UnsubscribeAsync(tail));

    /// <summary>Waits for the next hint. Returns false if no hint arrives within <paramref name="maxWait"/>.</summary>
    public async Task<bool> WaitForHintAsync(TimeSpan maxWait, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var timer = time.CreateTimer(_ => timeout.Cancel(), null, maxWait, Timeout.InfiniteTimeSpan);
        try
        {
            return await _hints.Reader.ReadAsync(timeout.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private void RequestRead() => _hints.Writer.TryWrite(true);

    private async Task SubscribeAsync(LogTail tail)
    {
        if (_tail is null)
        {
            link.Changed += OnLinkChanged;
        }

        _tail = tail;
        if (_queue is null)
        {
            // A message queue delivers passing frames in their order; a plain handler does not.
            _queue = await redis.GetSubscriber().SubscribeAsync(s_channel);
            _queue.OnMessage(received => HandleMessage(received.Message));
        }

        // Hints that Redis published before this subscription are lost, so one read is needed now.
        RequestRead();
    }

    private async Task UnsubscribeAsync(LogTail tail)
    {
        if (_tail != tail)
        {
            return;
        }

        var queue = _queue;
        (_tail, _queue) = (null, null);
        link.Changed -= OnLinkChanged;
        if (queue is not null)
        {
            await queue.UnsubscribeAsync();
        }
    }

    private void OnLinkChanged()
    {
        RequestRead();
        if (_tail is { } tail && _queue is null)
        {
            _ = ListenAsync(tail);
        }
    }

    private Task EnqueueChange(Func<Task> change)
    {
        lock (_gate)
        {
            return _lastChange = RunAfterAsync(_lastChange, change);
        }
    }

    private async Task RunAfterAsync(Task previous, Func<Task> change)
    {
        await previous;
        try
        {
            await change();
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
        {
            LogNotSubscribed(e);
        }
        catch (Exception e)
        {
            // Later changes wait for this one, so none of them would happen after an exception.
            LogFailed(e);
        }
    }

    private void HandleMessage(RedisValue message)
    {
        if (message.IsNullOrEmpty)
        {
            RequestRead();
        }
        else if (LeadsChannel.TryDecodePassing((byte[]?)message, out var lead, out var passing))
        {
            _tail?.Pass(lead, passing.Frame);
            Passed?.Invoke(lead, passing.Frame);
        }
        else
        {
            LogUnreadable();
        }
    }

    [LoggerMessage(LogLevel.Debug, "Redis did not confirm that the channel of all leads was subscribed or unsubscribed")]
    private partial void LogNotSubscribed(Exception exception);

    [LoggerMessage(LogLevel.Error, "The subscription to the channel of all leads could not be changed")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(LogLevel.Warning, "A message on the channel of all leads is unreadable and was ignored")]
    private partial void LogUnreadable();
}
