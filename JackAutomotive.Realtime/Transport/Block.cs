using System.Globalization;

namespace JackAutomotive.Realtime.Connections;

/// <summary>
/// Bytes that are sent to many clients and made once: some whole frames, with the size line and the line end of HTTP/1.1's chunked
/// coding (RFC 9112, 7.1) already around them, for connections that are written to directly.
/// </summary>
internal sealed class Block
{
    private static readonly byte[] s_lineEnd = "\r\n"u8.ToArray();

    private readonly byte[] _chunk;
    private readonly int _head;

    private Block(byte[] chunk, int head, int length)
    {
        _chunk = chunk;
        _head = head;
        Length = length;
    }

    /// <summary>Bytes of the frames.</summary>
    public int Length { get; }

    /// <summary>The frames, one after the other.</summary>
    public ReadOnlyMemory<byte> Frames => _chunk.AsMemory(_head, Length);

    /// <summary>The same as one chunk.</summary>
    public ReadOnlyMemory<byte> Chunk => _chunk;

    /// <summary>One frame.</summary>
    public static Block Of(ReadOnlySpan<byte> frame)
    {
        var block = WithRoomFor(frame.Length);
        frame.CopyTo(block._chunk.AsSpan(block._head));
        return block;
    }

    /// <summary>Several frames, to be sent together.</summary>
    public static Block Of(IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        var length = 0;
        for (var i = 0; i < frames.Count; i++)
        {
            length += frames[i].Length;
        }

        var block = WithRoomFor(length);
        var rest = block._chunk.AsSpan(block._head);
        for (var i = 0; i < frames.Count; i++)
        {
            frames[i].Span.CopyTo(rest);
            rest = rest[frames[i].Length..];
        }

        return block;
    }

    private static Block WithRoomFor(int length)
    {
        Span<byte> size = stackalloc byte[16];
        length.TryFormat(size, out var digits, "x", CultureInfo.InvariantCulture);

        var head = digits + s_lineEnd.Length;
        var chunk = new byte[head + length + s_lineEnd.Length];
        size[..digits].CopyTo(chunk);
        s_lineEnd.CopyTo(chunk, digits);
        s_lineEnd.CopyTo(chunk, head + length);
        return new Block(chunk, head, length);
    }
}
