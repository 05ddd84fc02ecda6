namespace JackAutomotive.WebhookApi.Outbound.Jobs;

/// <summary>
/// Creates the ids of jobs: UUIDs of version 7 that sort in the order of their creation, also within one millisecond, because the jobs of a lead go
/// out in the order of their ids. The bits after the time are a counter (RFC 9562, section 6.2, method 1).
/// </summary>
internal sealed class JobIds
{
    private const int MaxCounter = 0xFFF;

    private readonly Lock _lock = new();
    private long _lastMilliseconds;
    private int _counter;

    /// <summary>Returns an id that is greater than every id that this object created before, unless the clock went back.</summary>
    public Guid New(DateTimeOffset now)
    {
        var milliseconds = now.ToUnixTimeMilliseconds();
        int counter;
        lock (_lock)
        {
            _counter = milliseconds == _lastMilliseconds ? Math.Min(_counter + 1, MaxCounter) : 0;
            (_lastMilliseconds, counter) = (milliseconds, _counter);
        }

        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7(now).TryWriteBytes(bytes, bigEndian: true, out _);
        bytes[6] = (byte)(0x70 | (counter >> 8));
        bytes[7] = (byte)counter;
        return new Guid(bytes, bigEndian: true);
    }
}
