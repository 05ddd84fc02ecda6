namespace JackAutomotive.Tests.Fixtures;

/// <summary>Gives its bytes in small steps, as networks do, and remembers how much was asked for at once.</summary>
/// <param name="content">Is repeated until <paramref name="length"/> is reached.</param>
/// <param name="step">The most that one read gives.</param>
/// <param name="length">Of the stream; by default that of the content.</param>
internal sealed class SteppingStream(byte[] content, int step, long? length = null) : Stream
{
    private long _position;

    /// <summary>The largest buffer that was to be filled.</summary>
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
