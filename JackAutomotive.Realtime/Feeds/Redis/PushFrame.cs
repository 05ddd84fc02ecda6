#pragma warning disable SER004 // "Experimental": it is the reader inside StackExchange.Redis, in the version that this product uses anyway.
using RESPite;
using RESPite.Messages;

namespace JackAutomotive.Realtime.Redis;

/// <summary>What a frame from Redis says.</summary>
internal enum PushKind
{
    /// <summary>Nothing that matters here.</summary>
    Other,

    /// <summary>A message on a channel.</summary>
    Message,

    /// <summary>The channel is subscribed to.</summary>
    Subscribed,

    /// <summary>The server ended the subscription by itself: the channel's slot has moved to another node of the cluster.</summary>
    Dropped,

    /// <summary>The answer to a PING, and so everything sent before it was dealt with.</summary>
    Pong,

    /// <summary>A refusal; <see cref="PushFrame.Payload"/> is its text.</summary>
    Error,
}

/// <summary>One frame that came over a connection in subscriber mode (Redis, "RESP protocol specification" and "Pub/Sub").</summary>
internal readonly ref struct PushFrame
{
    private PushFrame(PushKind kind, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> payload)
    {
        Kind = kind;
        Channel = channel;
        Payload = payload;
    }

    public PushKind Kind { get; }

    /// <summary>The channel's name, for messages and subscriptions.</summary>
    public ReadOnlySpan<byte> Channel { get; }

    /// <summary>The message, or the error's text.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Reads the frame at the start of what was received. Returns how long it is, 0 if it is not complete yet.</summary>
    /// <exception cref="RespException">These bytes are no RESP.</exception>
    public static int Read(ReadOnlySpan<byte> received, out PushFrame frame)
    {
        frame = default;
        var scan = default(RespScanState);
        if (received.IsEmpty || !scan.TryRead(received, out var length))
        {
            return 0;
        }

        var reader = new RespReader(received[..length]);
        if (reader.TryMoveNext(checkError: false))
        {
            frame = Interpret(ref reader);
        }

        return length;
    }

    private static PushFrame Interpret(scoped ref RespReader reader)
    {
        if (!reader.IsAggregate)
        {
            reader.TryGetSpan(out var line);
            return reader.IsError ? new PushFrame(PushKind.Error, default, line)
                : line.SequenceEqual("PONG"u8) ? new PushFrame(PushKind.Pong, default, default)
                : default;
        }

        if (!reader.TryMoveNext() || !reader.TryGetSpan(out var name))
        {
            return default;
        }

        var kind = KindOf(name);
        if (kind is PushKind.Other or PushKind.Pong || !reader.TryMoveNext() || !reader.TryGetSpan(out var channel))
        {
            return new PushFrame(kind, default, default);
        }

        ReadOnlySpan<byte> payload = default;
        if (kind == PushKind.Message && (!reader.TryMoveNext() || !reader.TryGetSpan(out payload)))
        {
            return default;
        }

        return new PushFrame(kind, channel, payload);
    }

    private static PushKind KindOf(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("message"u8) || name.SequenceEqual("smessage"u8) ? PushKind.Message
        : name.SequenceEqual("subscribe"u8) || name.SequenceEqual("ssubscribe"u8) ? PushKind.Subscribed
        : name.SequenceEqual("sunsubscribe"u8) ? PushKind.Dropped
        : name.SequenceEqual("pong"u8) ? PushKind.Pong
        : PushKind.Other;
}
