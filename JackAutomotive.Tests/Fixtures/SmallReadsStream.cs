namespace JackAutomotive.Tests.Fixtures;

/// <summary>A stream that returns its bytes in small steps, as a network does, and records the largest requested read.</summary>
/// <param name="content">The bytes of the stream, repeated up to <paramref name="length"/>.</param>
/// <param name="step">The maximum number of bytes that one read returns.</param>
/// <param name="length">The length of the stream; by default the length of the content.</param>
internal sealed class SmallReadsStream(byte[] content, int step, long? length = null) : Stream
{
    private long _position;

    /// <summary>The size of the largest buffer that a reader passed.</summary>
    public int LargestRead { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length ?? content.Length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        LargestRead = Math.Max(LargestRead, count);
        var from = (int)(_position % content.Length);
        var read = (int)Math.Min(Math.Min(count, step), Math.Min(Length - _position, content.Length - from));
        content.AsSpan(from, read).CopyTo(buffer.AsSpan(offset));
        _position += read;
        return read;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        var bytes = new byte[buffer.Length];
        var read = Read(bytes, 0, bytes.Length);
        bytes.AsSpan(0, read).CopyTo(buffer.Span);
        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
