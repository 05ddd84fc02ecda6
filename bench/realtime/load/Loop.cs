using System.Diagnostics;
using System.Runtime.InteropServices;

namespace JackAutomotive.RealtimeLoad;

/// <summary>The owner of a socket in the <see cref="Loop"/>.</summary>
internal interface ISocket
{
    /// <summary>Called when the kernel reports events of the socket, such as <see cref="Kernel.Readable"/>.</summary>
    void Ready(uint events);
}

/// <summary>The event loop of the only thread: it waits for the sockets of readers and publishers and for the next due time.</summary>
internal sealed unsafe class Loop
{
    /// <summary>
    /// Free space in bytes before <see cref="Buffer"/>, where the incomplete rest of an earlier receive is copied before the next one.
    /// </summary>
    public const int Headroom = 64 * 1024;

    public const int BufferBytes = 256 * 1024;

    private const int MaxEvents = 1024;

    private readonly int _epoll = Kernel.NewEpoll();
    private readonly Kernel.EpollEvent* _events = (Kernel.EpollEvent*)NativeMemory.Alloc(MaxEvents, (nuint)sizeof(Kernel.EpollEvent));
    private ISocket?[] _sockets = new ISocket?[1024];

    /// <summary>The buffer for one receive at a time. A receiver processes the content before it returns.</summary>
    public byte* Buffer { get; } = (byte*)NativeMemory.Alloc(Headroom + BufferBytes) + Headroom;

    /// <summary>The monotonic clock, in nanoseconds.</summary>
    public static long Now => Stopwatch.GetTimestamp();

    public static long Milliseconds(double count) => (long)(count * 1_000_000);

    public void Add(int fd, ISocket socket, uint events)
    {
        if (fd >= _sockets.Length)
        {
            Array.Resize(ref _sockets, Math.Max(fd + 1, _sockets.Length * 2));
        }

        _sockets[fd] = socket;
        Kernel.Watch(_epoll, fd, events);
    }

    public void Change(int fd, uint events) => Kernel.Rewatch(_epoll, fd, events);

    public void Remove(int fd)
    {
        _sockets[fd] = null;
        Kernel.Reset(fd);
    }

    /// <summary>Waits for events for at most <paramref name="nanoseconds"/>, then calls every socket that has events.</summary>
    public void RunOnce(long nanoseconds)
    {
        var count = Kernel.Wait(_epoll, _events, MaxEvents, Math.Max(0, nanoseconds));
        for (var i = 0; i < count; i++)
        {
            _sockets[(int)_events[i].Data]?.Ready(_events[i].Events);
        }
    }
}
