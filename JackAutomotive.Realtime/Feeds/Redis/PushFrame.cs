#pragma warning disable SER004 // RESPite is marked as experimental, but it is part of the StackExchange.Redis version in use.
using RESPite;
using RESPite.Messages;

namespace JackAutomotive.Realtime.Feeds.Redis;

/// <summary>The kind of a frame from Redis.</summary>
internal enum PushKind
{
    /// <summary>A frame that needs no reaction.</summary>
    Other,

    /// <summary>A message on a channel.</summary>
    Message,

    /// <summary>The confirmation of a subscription.</summary>
    Subscribed,

    /// <summary>
    /// The end of a sharded subscription: the reply to SUNSUBSCRIBE, or the server's notice that the channel's slot has moved to another
    /// node of the cluster.
    /// </summary>
    Unsubscribed,

    /// <summary>The reply to a PING: the server has handled every command that was sent before the PING.</summary>
    Pong,

    /// <summary>An error reply; <see cref="PushFrame.Payload"/> is its text.</summary>
    Error,
}

/// <summary>One frame received on a connection in subscriber mode (Redis, "RESP protocol specification" and "Pub/Sub").</summary>
internal readonly ref struct PushFrame
{
    private PushFrame(PushKind kind, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> payload)
    {
        Kind = kind;
        Channel = channel;
        Payload = payload;
    }

    public PushKind Kind { get; }

    /// <summary>The channel's name; empty for frames that belong to no channel.</summary>
    public ReadOnlySpan<byte> Channel { get; }

    /// <summary>The published message, or the error's text.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Reads the frame at the start of the received bytes. Returns the frame's length, or 0 if the frame is not complete yet.</summary>
    /// <exception cref="RespException">The bytes are not RESP.</exception>
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
            frame = Parse(ref reader);
        }

        return length;
    }

    private static PushFrame Parse(scoped ref RespReader reader)
    {
        if (!reader.IsAggregate)
        {
            reader.TryGetSpan(out var line);
            return reader.IsError ? new PushFrame(PushKind.Error, default, line)
                : line.SequenceEqual("PONG"u8) ? new PushFrame(PushKind.Pong, default, default)
                : default;
        }

        if (!TryReadNext(ref reader, out var name))
        {
            return default;
        }

        var kind = ParseKind(name);
        var hasChannel = kind is PushKind.Message or PushKind.Subscribed or PushKind.Unsubscribed;
        if (!hasChannel || !TryReadNext(ref reader, out var channel))
        {
            return new PushFrame(kind, default, default);
        }

        ReadOnlySpan<byte> payload = default;
        if (kind == PushKind.Message && !TryReadNext(ref reader, out payload))
        {
            return default;
        }

        return new PushFrame(kind, channel, payload);
    }

    private static bool TryReadNext(scoped ref RespReader reader, out ReadOnlySpan<byte> value)
    {
        value = default;
        return reader.TryMoveNext() && reader.TryGetSpan(out value);
    }

    private static PushKind ParseKind(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("message"u8) || name.SequenceEqual("smessage"u8) ? PushKind.Message
        : name.SequenceEqual("subscribe"u8) || name.SequenceEqual("ssubscribe"u8) ? PushKind.Subscribed
        : name.SequenceEqual("sunsubscribe"u8) ? PushKind.Unsubscribed
        : name.SequenceEqual("pong"u8) ? PushKind.Pong
        : PushKind.Other;
}
