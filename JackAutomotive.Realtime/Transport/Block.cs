using System.Globalization;

namespace JackAutomotive.Realtime.Transport;

/// <summary>
/// One or more whole frames, built once and sent to many clients. The buffer also holds the size line and the line end of an HTTP/1.1
/// chunk (RFC 9112, section 7.1), for connections that this service writes to directly.
/// </summary>
internal sealed class Block
{
    private static readonly byte[] s_lineEnd = "\r\n"u8.ToArray();

    private readonly byte[] _chunk;
    private readonly int _sizeLineLength;

    private Block(byte[] chunk, int sizeLineLength, int length)
    {
        _chunk = chunk;
        _sizeLineLength = sizeLineLength;
        Length = length;
    }

    /// <summary>The size of the frames in bytes, without the chunk framing.</summary>
    public int Length { get; }

    /// <summary>The concatenated frames, without the chunk framing.</summary>
    public ReadOnlyMemory<byte> Frames => _chunk.AsMemory(_sizeLineLength, Length);

    /// <summary>The frames as one HTTP/1.1 chunk.</summary>
    public ReadOnlyMemory<byte> Chunk => _chunk;

    /// <summary>Builds a block of one frame.</summary>
    public static Block Of(ReadOnlySpan<byte> frame)
    {
        var block = Allocate(frame.Length);
        frame.CopyTo(block._chunk.AsSpan(block._sizeLineLength));
        return block;
    }

    /// <summary>Builds a block of several frames, which are sent together.</summary>
    public static Block Of(IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        var length = 0;
        for (var i = 0; i < frames.Count; i++)
        {
            length += frames[i].Length;
        }

        var block = Allocate(length);
        var target = block._chunk.AsSpan(block._sizeLineLength);
        for (var i = 0; i < frames.Count; i++)
        {
            frames[i].Span.CopyTo(target);
            target = target[frames[i].Length..];
        }

        return block;
    }

    private static Block Allocate(int length)
    {
        Span<byte> size = stackalloc byte[16];
        length.TryFormat(size, out var digits, "x", CultureInfo.InvariantCulture);

        var sizeLineLength = digits + s_lineEnd.Length;
        var chunk = new byte[sizeLineLength + length + s_lineEnd.Length];
        size[..digits].CopyTo(chunk);
        s_lineEnd.CopyTo(chunk, digits);
        s_lineEnd.CopyTo(chunk, sizeLineLength + length);
        return new Block(chunk, sizeLineLength, length);
    }
}
