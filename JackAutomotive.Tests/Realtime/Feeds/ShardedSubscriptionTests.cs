using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Feeds;
using JackAutomotive.Realtime.Feeds.Redis;
using JackAutomotive.Tests.Fixtures;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace JackAutomotive.Tests.Realtime.Feeds;

/// <summary>The subscriptions of a reader at one node of a Redis cluster. The node is a stub that confirms every command.</summary>
public sealed class ShardedSubscriptionTests : IAsyncLifetime
{
    private readonly StubNode _node = new();
    private readonly RedisReader _reader;
    private int _moves;

    public ShardedSubscriptionTests()
    {
        var settings = ConfigurationOptions.Parse("127.0.0.1,channelPrefix=test:");
        _reader = new RedisReader(() => _node.Address, settings, isSharded: true, new NoSink(), TestLoops.Create(), TimeProvider.System, NullLogger.Instance);
        _reader.Moved += () => Interlocked.Increment(ref _moves);
    }

    public ValueTask InitializeAsync()
    {
        _reader.Start();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _reader.Stop();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task The_reply_to_an_own_unsubscription_is_no_move_even_if_the_lead_is_subscribed_again_meanwhile()
    {
        var lead = LeadId.New(TimeProvider.System);
        for (var i = 0; i < 20; i++)
        {
            await _reader.SubscribeAsync(lead);
            _reader.Unsubscribe(lead);
            var again = _reader.SubscribeAsync(lead);
            _reader.Unsubscribe(lead);
            await Task.WhenAny(again, Task.CompletedTask);
        }

        await _reader.SubscribeAsync(lead);
        await ExchangePingAsync();
        Assert.Equal(0, _moves);
        Assert.True(_reader.IsSubscribed(lead));
    }

    [Fact]
    public async Task A_subscription_that_the_node_ends_is_a_move_and_one_that_the_reader_does_not_have_is_not()
    {
        var (lead, other) = (LeadId.New(TimeProvider.System), LeadId.New(TimeProvider.System));
        await _reader.SubscribeAsync(lead);

        await _node.PushUnsubscribedAsync($"test:{LeadMessage.ChannelName(other)}");
        await _node.PushUnsubscribedAsync(LeadMessage.ChannelName(lead));
        await ExchangePingAsync();
        Assert.Equal(0, _moves);
        Assert.True(_reader.IsSubscribed(lead));

        await _node.PushUnsubscribedAsync($"test:{LeadMessage.ChannelName(lead)}");
        await Wait.UntilAsync(() => _moves == 1, "the move");
        Assert.False(_reader.IsSubscribed(lead));

        _reader.Unsubscribe(lead);
        await _reader.SubscribeAsync(lead);
        Assert.True(_reader.IsSubscribed(lead));
        Assert.All(
            _node.Commands.Where(command => command.StartsWith("SSUBSCRIBE", StringComparison.Ordinal)),
            command => Assert.StartsWith("SSUBSCRIBE test:lead:", command, StringComparison.Ordinal));
    }

    // Everything that the node sent before its answer has been handled when the reader sends the PING after next.
    private async Task ExchangePingAsync()
    {
        var pings = _node.PingCount;
        for (var i = 1; i <= 2; i++)
        {
            _reader.CheckAlive(TimeSpan.FromMinutes(1));
            await Wait.UntilAsync(() => _node.PingCount >= pings + i, "a PING");
        }

        var marker = LeadId.New(TimeProvider.System);
        await _reader.SubscribeAsync(marker);
    }

    private sealed class NoSink : IMessageSink
    {
        public LeadFeed? Receive(LeadId lead, ReadOnlySpan<byte> message) => null;
    }

    /// <summary>A Redis node with one client: it confirms SSUBSCRIBE, SUNSUBSCRIBE and PING.</summary>
    private sealed class StubNode : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly SemaphoreSlim _writing = new(1);
        private readonly Task _serving;
        private NetworkStream? _stream;
        private int _pings;

        public StubNode()
        {
            _listener.Start();
            _serving = ServeAsync();
        }

        public EndPoint Address => _listener.LocalEndpoint;

        public ConcurrentQueue<string> Commands { get; } = new();

        public int PingCount => Volatile.Read(ref _pings);

        public Task PushUnsubscribedAsync(string channel) => WriteAsync(Push("sunsubscribe", channel));

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            _stream?.Close();
            await _serving;
            _writing.Dispose();
        }

        private async Task ServeAsync()
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync();
                _stream = client.GetStream();
                using var reader = new StreamReader(_stream, Encoding.UTF8);
                while (await reader.ReadLineAsync() is { } head)
                {
                    var parts = new string[int.Parse(head.AsSpan(1), CultureInfo.InvariantCulture)];
                    for (var i = 0; i < parts.Length; i++)
                    {
                        await reader.ReadLineAsync();
                        parts[i] = await reader.ReadLineAsync() ?? "";
                    }

                    await AnswerAsync(parts);
                }
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
            {
                // The test has ended.
            }
        }

        private async Task AnswerAsync(string[] parts)
        {
            Commands.Enqueue(string.Join(' ', parts));
            await WriteAsync(parts[0] == "PING" ? "+PONG\r\n" : Push(parts[0].ToLowerInvariant(), parts[1]));
            if (parts[0] == "PING")
            {
                Interlocked.Increment(ref _pings);
            }
        }

        private async Task WriteAsync(string text)
        {
            await _writing.WaitAsync();
            try
            {
                await _stream!.WriteAsync(Encoding.UTF8.GetBytes(text));
            }
            finally
            {
                _writing.Release();
            }
        }

        private static string Push(string kind, string channel) =>
            $"*3\r\n${kind.Length}\r\n{kind}\r\n${Encoding.UTF8.GetByteCount(channel)}\r\n{channel}\r\n:1\r\n";
    }
}
