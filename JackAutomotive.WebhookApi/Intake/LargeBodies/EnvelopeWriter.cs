using System.Buffers;

namespace JackAutomotive.WebhookApi.Intake.LargeBodies;

/// <summary>
/// Copies JSON piece by piece and replaces each string that is too long by a <see cref="CutStringMarker"/>. The writer recognises only where
/// strings begin and end, so it never fails: invalid JSON stays invalid.
/// </summary>
/// <param name="maxString">The maximum length of a string, in bytes between its quotes; a longer string is cut out.</param>
/// <param name="maxEnvelope">The maximum length of the envelope, in bytes.</param>
internal sealed class EnvelopeWriter(int maxString, int maxEnvelope)
{
    private static readonly SearchValues<byte> s_special = SearchValues.Create("\"\\"u8);

    private byte[] _buffer = new byte[4 * 1024];
    private int _length;
    private long _position;
    private State _state = State.Outside;
    private long _stringOffset;
    private bool _isCutting;

    private enum State
    {
        Outside,
        InString,
        AfterBackslash,
    }

    /// <summary>Whether a string was cut out.</summary>
    public bool HasCuts { get; private set; }

    /// <summary>The part of the envelope that is written so far.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    /// <summary>Appends the next piece of the body.</summary>
    /// <returns>False once the envelope exceeds its maximum length.</returns>
    public bool Append(ReadOnlySpan<byte> piece)
    {
        while (!piece.IsEmpty && _length <= maxEnvelope)
        {
            var consumed = ConsumeNext(piece);
            piece = piece[consumed..];
        }

        return _length <= maxEnvelope;
    }

    /// <summary>Consumes at least one byte, and at most the bytes up to the next change of the state.</summary>
    /// <returns>The number of consumed bytes.</returns>
    private int ConsumeNext(ReadOnlySpan<byte> piece) => _state switch
    {
        State.Outside => ConsumeOutside(piece),
        State.InString => ConsumeInString(piece),
        _ => ConsumeEscapedByte(piece),
    };

    private int ConsumeOutside(ReadOnlySpan<byte> piece)
    {
        var quote = piece.IndexOf((byte)'"');
        var consumed = quote < 0 ? piece.Length : quote + 1;
        Keep(piece[..consumed]);
        if (quote >= 0)
        {
            (_state, _stringOffset) = (State.InString, _position);
        }

        return consumed;
    }

    private int ConsumeInString(ReadOnlySpan<byte> piece)
    {
        var special = piece.IndexOfAny(s_special);
        if (special == 0 && piece[0] == (byte)'"')
        {
            EndString();
            Keep(piece[..1]);
            return 1;
        }

        var consumed = special < 0 ? piece.Length : Math.Max(1, special);
        if (special == 0)
        {
            _state = State.AfterBackslash;
        }

        KeepOrCut(piece[..consumed]);
        return consumed;
    }

    private int ConsumeEscapedByte(ReadOnlySpan<byte> piece)
    {
        _state = State.InString;
        KeepOrCut(piece[..1]);
        return 1;
    }

    private void EndString()
    {
        _state = State.Outside;
        if (_isCutting)
        {
            var marker = new CutStringMarker(_stringOffset, _position - _stringOffset).ToUtf8();
            Copy(marker);
            _isCutting = false;
        }
    }

    private void KeepOrCut(ReadOnlySpan<byte> bytes)
    {
        var lengthSoFar = _position - _stringOffset;
        if (!_isCutting && lengthSoFar + bytes.Length > maxString)
        {
            // Removes the beginning of the string, which was copied already.
            _length -= (int)lengthSoFar;
            (_isCutting, HasCuts) = (true, true);
        }

        if (_isCutting)
        {
            _position += bytes.Length;
        }
        else
        {
            Keep(bytes);
        }
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        Copy(bytes);
        _position += bytes.Length;
    }

    private void Copy(ReadOnlySpan<byte> bytes)
    {
        if (_length + bytes.Length > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_length + bytes.Length, 2 * _buffer.Length));
        }

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }
}
