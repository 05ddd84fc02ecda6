using System.Diagnostics;
using System.Runtime.InteropServices;

namespace JackAutomotive.RealtimeLoad;

/// <summary>Something with a socket in the <see cref="Loop"/>.</summary>
internal interface ISocket
{
    /// <summary>Called when the kernel has something to say about the socket: <see cref="Kernel.Readable"/> and so on.</summary>
    void Ready(uint events);
}

/// <summary>The one thread's wait for everything: readers, publishers, and the next moment at which something is due.</summary>
internal sealed unsafe class Loop
{
    /// <summary>
    /// Free room before <see cref="Buffer"/>, so that what an earlier receive left unfinished can be put in front of the next one.
    /// </summary>
    public const int Headroom = 64 * 1024;

    public const int BufferBytes = 256 * 1024;

    private const int MostEvents = 1024;

    private readonly int _epoll = Kernel.NewEpoll();
    private readonly Kernel.EpollEvent* _events = (Kernel.EpollEvent*)NativeMemory.Alloc(MostEvents, (nuint)sizeof(Kernel.EpollEvent));
    private ISocket?[] _sockets = new ISocket?[1024];

    /// <summary>Room for one receive at a time; whoever receives has dealt with it when it returns.</summary>
    public byte* Buffer { get; } = (byte*)NativeMemory.Alloc(Headroom + BufferBytes) + Headroom;

    /// <summary>Nanoseconds since some moment of the machine's own.</summary>
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

    /// <summary>Waits at most that long for the kernel, then lets every socket that has something take it.</summary>
    public void Turn(long nanoseconds)
    {
        var count = Kernel.Wait(_epoll, _events, MostEvents, Math.Max(0, nanoseconds));
        for (var i = 0; i < count; i++)
        {
            _sockets[(int)_events[i].Data]?.Ready(_events[i].Events);
        }
    }
}
