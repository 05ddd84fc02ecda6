using System.Net;
using System.Runtime.InteropServices;

namespace JackAutomotive.RealtimeLoad;

/// <summary>
/// The Linux system calls for sockets and epoll. The load program shares the machine with the server under test, and for each of 10,000
/// connections, .NET's sockets cost several times as much.
/// </summary>
internal static unsafe partial class Kernel
{
    public const uint Readable = 0x1, Writable = 0x4, PeerClosed = 0x2000;
    public const int Again = 11, InProgress = 115;

    private const int Internet = 2, Stream = 1, NonBlocking = 0x800, CloseOnExec = 0x80000, NoSignal = 0x4000;
    private const int SocketLevel = 1, TcpLevel = 6, NoDelay = 1, PendingError = 4, ReceiveBuffer = 8, Linger = 13;
    private const int Add = 1, Change = 3;

    public static int Error => Marshal.GetLastSystemError();

    /// <summary>Returns a non-blocking socket that is connecting to <paramref name="address"/>.</summary>
    /// <param name="address">The address of the server.</param>
    /// <param name="receiveBuffer">The size of the socket's receive buffer in bytes, or null for the kernel's default.</param>
    /// <exception cref="IOException">No more sockets can be opened, or no process listens at the address.</exception>
    public static int Connect(IPEndPoint address, int? receiveBuffer = null)
    {
        var fd = NewSocket(Internet, Stream | NonBlocking | CloseOnExec, 0);
        if (fd < 0)
        {
            throw new IOException($"No more sockets: error {Error}.");
        }

        Set(fd, TcpLevel, NoDelay, 1);
        if (receiveBuffer is { } bytes)
        {
            Set(fd, SocketLevel, ReceiveBuffer, bytes);
        }

        var target = new InternetAddress
        {
            Family = Internet,
            Port = (ushort)IPAddress.HostToNetworkOrder((short)address.Port),
            Address = BitConverter.ToUInt32(address.Address.GetAddressBytes()),
        };
        if (ConnectSocket(fd, &target, sizeof(InternetAddress)) != 0 && Error != InProgress)
        {
            var error = Error;
            _ = CloseSocket(fd);
            throw new IOException($"{address} cannot be reached: error {error}.");
        }

        return fd;
    }

    /// <summary>Returns the error of connecting, or 0 if the socket is connected.</summary>
    public static int ConnectError(int fd)
    {
        int error, length = sizeof(int);
        return GetOption(fd, SocketLevel, PendingError, &error, &length) == 0 ? error : -1;
    }

    /// <summary>Returns the number of bytes received, 0 at the end of the stream, or -1 with the reason in <see cref="Error"/>.</summary>
    public static int Receive(int fd, byte* buffer, int length) => (int)ReceiveBytes(fd, buffer, length, 0);

    /// <summary>Returns the number of bytes that the socket accepted, or -1 with the reason in <see cref="Error"/>.</summary>
    public static int Send(int fd, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = bytes)
        {
            return (int)SendBytes(fd, first, bytes.Length, NoSignal);
        }
    }

    /// <summary>Closes with a reset, as a client machine does that was switched off and on again. No socket lingers.</summary>
    public static void Reset(int fd)
    {
        var linger = new LingerOption { On = 1, Seconds = 0 };
        _ = SetOption(fd, SocketLevel, Linger, &linger, sizeof(LingerOption));
        _ = CloseSocket(fd);
    }

    public static int NewEpoll() => EpollCreate(CloseOnExec);

    public static void Watch(int epoll, int fd, uint events) => Control(epoll, Add, fd, events);

    public static void Rewatch(int epoll, int fd, uint events) => Control(epoll, Change, fd, events);

    public static int Wait(int epoll, EpollEvent* events, int count, long nanoseconds)
    {
        var wait = new TimeSpec { Seconds = nanoseconds / 1_000_000_000, Nanoseconds = nanoseconds % 1_000_000_000 };
        return EpollWait(epoll, events, count, &wait, null);
    }

    private static void Control(int epoll, int operation, int fd, uint events)
    {
        var e = new EpollEvent { Events = events, Data = (ulong)fd };
        if (EpollControl(epoll, operation, fd, &e) != 0)
        {
            throw new IOException($"epoll_ctl failed: error {Error}.");
        }
    }

    private static void Set(int fd, int level, int option, int value)
    {
        if (SetOption(fd, level, option, &value, sizeof(int)) != 0)
        {
            throw new IOException($"setsockopt failed: error {Error}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "socket")]
    private static partial int NewSocket(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "connect")]
    private static partial int ConnectSocket(int fd, InternetAddress* address, int length);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseSocket(int fd);

    [LibraryImport("libc", EntryPoint = "recv")]
    [SuppressGCTransition]
    private static partial nint ReceiveBytes(int fd, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send")]
    private static partial nint SendBytes(int fd, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    private static partial int SetOption(int fd, int level, int option, void* value, int length);

    [LibraryImport("libc", EntryPoint = "getsockopt")]
    private static partial int GetOption(int fd, int level, int option, void* value, int* length);

    [LibraryImport("libc", EntryPoint = "epoll_create1")]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl")]
    private static partial int EpollControl(int epoll, int operation, int fd, EpollEvent* e);

    [LibraryImport("libc", EntryPoint = "epoll_pwait2")]
    private static partial int EpollWait(int epoll, EpollEvent* events, int count, TimeSpec* wait, void* mask);

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    public struct EpollEvent
    {
        public uint Events;
        public ulong Data;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct InternetAddress
    {
        public ushort Family;
        public ushort Port;
        public uint Address;
        public ulong Padding;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct LingerOption
    {
        public int On;
        public int Seconds;
    }
}
