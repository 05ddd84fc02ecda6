using System.Threading.Channels;
using JackAutomotive.Contract;
using JackAutomotive.Realtime.Redis;
using StackExchange.Redis;

namespace JackAutomotive.Realtime.Tail;

/// <summary>What Redis says to those who follow all leads: that the log has grown, and what passes without being in it.</summary>
internal sealed partial class TailHints(IConnectionMultiplexer redis, RedisLink link, TimeProvider time, ILogger<TailHints> logger)
{
    private static readonly RedisChannel s_channel = RedisChannel.Literal(LeadsChannel.Name);

    // Any number of hints that come during a read lead to one more.
    private readonly Channel<bool> _hints =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    // One tail's end and the next one's beginning must not overtake each other.
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;
    private ChannelMessageQueue? _queue;
    private volatile LogTail? _tail;

    /// <summary>Whether hints come, and since when that is so.</summary>
    public (bool IsUp, DateTimeOffset Since) Link => link.State;

    /// <summary>Raised after a passing frame was handed out.</summary>
    public event Action<LeadId, ReadOnlyMemory<byte>>? Passed;

    /// <summary>Asks for a read soon.</summary>
    public void Hint() => _hints.Writer.TryWrite(true);

    /// <summary>
    /// Begins to listen, instead of for the tail before: passing frames go to <paramref name="tail"/>. Completes when Redis has confirmed
    /// it or could not be reached; in the latter case it is tried again when Redis is back.
    /// </summary>
    public Task ListenAsync(LogTail tail) => InTurn(() => SubscribeAsync(tail));

    /// <summary>Ends it, unless another tail listens by now.</summary>
    public Task StopAsync(LogTail tail) => InTurn(() => UnsubscribeAsync(tail));

    /// <summary>True at the next hint, false if none came for that long.</summary>
    public async Task<bool> WaitAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var timer = time.CreateTimer(_ => limit.Cancel(), null, longest, Timeout.InfiniteTimeSpan);
        try
        {
            return await _hints.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task SubscribeAsync(LogTail tail)
    {
        if (_tail is null)
        {
            link.Changed += OnLinkChanged;
        }

        _tail = tail;
        if (_queue is null)
        {
            // As a queue, which keeps passing frames in their order.
            _queue = await redis.GetSubscriber().SubscribeAsync(s_channel);
            _queue.OnMessage(received => Take(received.Message));
        }

        // What was told before the subscription was told to nobody.
        Hint();
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
        Hint();
        if (_tail is { } tail && _queue is null)
        {
            _ = ListenAsync(tail);
        }
    }

    private Task InTurn(Func<Task> change)
    {
        lock (_gate)
        {
            return _last = AfterAsync(_last, change);
        }
    }

    private async Task AfterAsync(Task before, Func<Task> change)
    {
        await before;
        try
        {
            await change();
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
        {
            LogNotSubscribed(e);
        }
    }

    private void Take(RedisValue message)
    {
        if (message.IsNullOrEmpty)
        {
            Hint();
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

    [LoggerMessage(LogLevel.Debug, "Redis did not confirm a subscription to all leads, or its end")]
    private partial void LogNotSubscribed(Exception exception);

    [LoggerMessage(LogLevel.Warning, "A message for those who follow all leads is unreadable and was ignored")]
    private partial void LogUnreadable();
}
