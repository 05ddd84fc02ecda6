using System.Diagnostics;
using System.Net.Sockets;

namespace JackAutomotive.IngestLoad;

/// <summary>One answer: how long it took since its request was due, and its status.</summary>
internal readonly record struct Answer(double Milliseconds, int Status);

/// <summary>
/// Sends requests over all connections from one thread. It shares the machine with what it measures, so it does as little as it can:
/// blocking sockets and <c>poll</c>, no tasks.
/// </summary>
/// <param name="connections">Open connections.</param>
/// <param name="requests">Finished requests, each sent once.</param>
/// <param name="rate">Requests a second, or null for as fast as they are answered.</param>
internal sealed class Driver(IReadOnlyList<Connection> connections, byte[][] requests, double? rate)
{
    private readonly Dictionary<Socket, Connection> _bySocket = connections.ToDictionary(connection => connection.Socket);
    private readonly Stack<Connection> _idle = new(connections);
    private readonly List<Socket> _ready = [];
    private readonly List<Answer> _answers = new(requests.Length);
    private int _next;

    /// <summary>Whether there were too few requests for the time.</summary>
    public bool RanOut => rate is null && _next == requests.Length;

    /// <summary>Sends until the time is over and everything is answered.</summary>
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
