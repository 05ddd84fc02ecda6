using System.Globalization;
using System.Net;
using System.Text;
using JackAutomotive.Contracts;

namespace JackAutomotive.RealtimeLoad;

/// <summary>
/// Publishes with pipelined PUBLISH commands on one connection. After a reconnect, the transport publishes the unanswered messages again,
/// as the product's outbox does.
/// </summary>
internal sealed unsafe class RedisTransport : ITransport, ISocket
{
    private const int MaxUnanswered = 4000;
    private const int MaxBytes = 4 * 1024 * 1024;

    private readonly Loop _loop;
    private readonly IPEndPoint _server;
    private readonly bool _asProduct;
    private readonly Queue<byte[]> _unanswered = [];
    private readonly byte[] _out = new byte[MaxBytes + (256 * 1024)];
    private int _fd = -1;
    private int _length;
    private bool _isConnected;
    private bool _wantsToWrite;
    private long _retryAt;

    /// <param name="loop">The event loop for the socket.</param>
    /// <param name="server">The address of Redis.</param>
    /// <param name="asProduct">True to publish the product's head and frame, false to publish only the data line.</param>
    public RedisTransport(Loop loop, IPEndPoint server, bool asProduct)
    {
        (_loop, _server, _asProduct) = (loop, server, asProduct);
        Connect();
    }

    public bool CanSend => _unanswered.Count < MaxUnanswered && _length < MaxBytes;

    public long Errors { get; private set; }

    /// <summary>The number of messages that were published again.</summary>
    public long Republished { get; private set; }

    public void Send(OutgoingMessage outgoing)
    {
        var message = outgoing.Message;
        var body = _asProduct ? Messages.EncodeForProduct(message) : Messages.DataLineOf(message);
        var command = Command(LeadMessage.ChannelName(message.LeadId), body);
        _unanswered.Enqueue(command);
        if (_isConnected)
        {
            Append(command);
        }
    }

    public void Flush()
    {
        if (_fd < 0 && Loop.Now >= _retryAt)
        {
            Connect();
        }

        if (!_isConnected || _length == 0)
        {
            return;
        }

        var sent = Kernel.Send(_fd, _out.AsSpan(0, _length));
        if (sent > 0)
        {
            _length -= sent;
            Buffer.BlockCopy(_out, sent, _out, 0, _length);
        }

        if (_length > 0 != _wantsToWrite)
        {
            _wantsToWrite = _length > 0;
            _loop.Change(_fd, _wantsToWrite ? Kernel.Readable | Kernel.Writable : Kernel.Readable);
        }
    }

    public void Ready(uint events)
    {
        if (!_isConnected)
        {
            OnConnected(events);
            return;
        }

        var received = Kernel.Receive(_fd, _loop.Buffer, Loop.BufferBytes);
        if (received == 0 || (received < 0 && Kernel.Error != Kernel.Again))
        {
            OnDisconnected();
            return;
        }

        var answers = new ReadOnlySpan<byte>(_loop.Buffer, Math.Max(0, received));
        Errors += answers.Count((byte)'-');
        for (var count = answers.Count((byte)'\n'); count > 0; count--)
        {
            _unanswered.Dequeue();
        }
    }

    private static byte[] Command(string channel, ReadOnlySpan<byte> message)
    {
        var head = string.Create(
            CultureInfo.InvariantCulture, $"*3\r\n$7\r\nPUBLISH\r\n${channel.Length}\r\n{channel}\r\n${message.Length}\r\n");
        var command = new byte[head.Length + message.Length + 2];
        Encoding.ASCII.GetBytes(head, command);
        message.CopyTo(command.AsSpan(head.Length));
        "\r\n"u8.CopyTo(command.AsSpan(^2));
        return command;
    }

    private void Connect()
    {
        _fd = Kernel.Connect(_server);
        _loop.Add(_fd, this, Kernel.Writable);
    }

    private void OnConnected(uint events)
    {
        if (Kernel.ConnectError(_fd) != 0)
        {
            OnDisconnected();
            return;
        }

        if ((events & Kernel.Writable) == 0)
        {
            return;
        }

        _isConnected = true;
        _wantsToWrite = false;
        _loop.Change(_fd, Kernel.Readable);
        Republished += _unanswered.Count;
        foreach (var command in _unanswered)
        {
            Append(command);
        }
    }

    private void OnDisconnected()
    {
        _loop.Remove(_fd);
        _fd = -1;
        _isConnected = false;
        _length = 0;
        _retryAt = Loop.Now + Loop.Milliseconds(20);
    }

    private void Append(byte[] command)
    {
        command.CopyTo(_out.AsSpan(_length));
        _length += command.Length;
    }
}
