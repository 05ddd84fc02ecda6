using System.Diagnostics;
using System.Net.Sockets;

namespace JackAutomotive.IngestLoad;

/// <summary>One answer: the time since the request was due, and the status.</summary>
internal readonly record struct Answer(double Milliseconds, int Status);

/// <summary>
/// Sends requests over all connections from one thread. The driver shares the machine with the measured service, so it uses as little CPU
/// time as possible: blocking sockets and <c>poll</c>, no tasks.
/// </summary>
/// <param name="connections">The open connections.</param>
/// <param name="requests">The complete requests, each sent once.</param>
/// <param name="rate">The requests per second, or null to send as fast as the service answers.</param>
internal sealed class Driver(IReadOnlyList<Connection> connections, byte[][] requests, double? rate)
{
    private readonly Dictionary<Socket, Connection> _bySocket = connections.ToDictionary(connection => connection.Socket);
    private readonly Stack<Connection> _idle = new(connections);
    private readonly List<Socket> _ready = [];
    private readonly List<Answer> _answers = new(requests.Length);
    private int _next;

    /// <summary>Whether all requests were sent before the end of the measurement.</summary>
    public bool RanOut => rate is null && _next == requests.Length;

    /// <summary>Sends requests until the time is over and every request is answered.</summary>
    public IReadOnlyList<Answer> Run(TimeSpan duration)
    {
        var began = Stopwatch.GetTimestamp();
        var end = began + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        while (true)
        {
            var now = Stopwatch.GetTimestamp();
            while (now < end && _next < requests.Length && _idle.Count > 0 && DueAt(began, now) is var due && due <= now)
            {
                _idle.Pop().Send(requests[_next++], due);
            }

            if (_idle.Count == connections.Count && (now >= end || _next == requests.Length))
            {
                return _answers;
            }

            Receive(rate is null || _idle.Count == 0 ? TimeSpan.FromSeconds(1) : TimeSpan.FromMilliseconds(1));
        }
    }

    private long DueAt(long began, long now) => rate is { } perSecond ? began + (long)(_next / perSecond * Stopwatch.Frequency) : now;

    private void Receive(TimeSpan atMost)
    {
        _ready.Clear();
        foreach (var connection in connections)
        {
            _ready.Add(connection.Socket);
        }

        Socket.Select(_ready, null, null, atMost);
        foreach (var socket in _ready)
        {
            var connection = _bySocket[socket];
            if (connection.Receive() is { } status)
            {
                _answers.Add(new Answer(Stopwatch.GetElapsedTime(connection.Due).TotalMilliseconds, status));
                _idle.Push(connection);
            }
        }
    }
}
