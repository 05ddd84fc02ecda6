using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace JackAutomotive.WebhookApi.Intake.LargeBodies;

/// <summary>Decodes the base64 text of a JSON string piece by piece. The string may contain JSON escapes at any position.</summary>
internal static class JsonBase64
{
    private const int PieceBytes = 64 * 1024;
    private const int UnicodeEscapeLength = 6;

    private static readonly SearchValues<byte> s_special = SearchValues.Create("\\ \t\r\n"u8);

    /// <summary>Decodes a string from the current position of a stream.</summary>
    /// <param name="source">The stream, positioned after the opening quote of the string.</param>
    /// <param name="length">The number of bytes between the quotes of the string.</param>
    /// <param name="writeAsync">Receives the decoded bytes piece by piece.</param>
    /// <param name="cancellationToken">Cancels the decoding.</param>
    /// <exception cref="FormatException">The string is not base64, or the stream ends before the string ends.</exception>
    public static async Task DecodeAsync(
        Stream source,
        long length,
        Func<ReadOnlyMemory<byte>, ValueTask> writeAsync,
        CancellationToken cancellationToken)
    {
        // Incomplete input (a part of an escape, a few base64 characters) stays at the beginning of its buffer for the next pass.
        var raw = new PrefixBuffer(PieceBytes);
        var text = new PrefixBuffer(PieceBytes + 4);
        var decoded = new byte[PieceBytes];
        while (true)
        {
            var wanted = (int)Math.Min(raw.Free.Length, length);
            var read = await source.ReadAtLeastAsync(raw.Free[..wanted], wanted, throwOnEndOfStream: false, cancellationToken);
            if (read < wanted)
            {
                throw new FormatException("The text ends too early.");
            }

            raw.AddRead(read);
            length -= read;
            raw.Consume(Unescape(raw.Span, text));

            var isLast = length == 0;
            var status = Base64.DecodeFromUtf8(text.Span, decoded, out var used, out var written, isFinalBlock: isLast);
            var isCutOff = isLast && (status != OperationStatus.Done || !raw.Span.IsEmpty);
            if (status == OperationStatus.InvalidData || isCutOff)
            {
                throw new FormatException("The text is not base64.");
            }

            text.Consume(used);
            await writeAsync(decoded.AsMemory(0, written));
            if (isLast)
            {
                return;
            }
        }
    }

    /// <summary>Unescapes the complete part of the raw bytes and appends it to the text without white space.</summary>
    /// <returns>The number of raw bytes that were consumed.</returns>
    private static int Unescape(ReadOnlySpan<byte> raw, PrefixBuffer text)
    {
        var position = 0;
        while (position < raw.Length)
        {
            var rest = raw[position..];
            var special = rest.IndexOfAny(s_special);
            if (special != 0)
            {
                var plain = special < 0 ? rest : rest[..special];
                text.Append(plain);
                position += plain.Length;
            }
            else if (rest[0] != (byte)'\\')
            {
                position++;
            }
            else if (IsIncompleteEscape(rest))
            {
                return position;
            }
            else
            {
                position += AppendEscaped(rest, text);
            }
        }

        return position;
    }

    private static bool IsIncompleteEscape(ReadOnlySpan<byte> escape) =>
        escape.Length < 2 || (escape[1] == (byte)'u' && escape.Length < UnicodeEscapeLength);

    private static int AppendEscaped(ReadOnlySpan<byte> escape, PrefixBuffer text)
    {
        switch ((char)escape[1])
        {
            case '/':
                text.Append("/"u8);
                return 2;
            case 'n' or 'r' or 't':
                return 2;
            case 'u' when int.TryParse(
                Encoding.ASCII.GetString(escape[2..UnicodeEscapeLength]), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                && code < 0x80:
                text.Append([(byte)code]);
                return UnicodeEscapeLength;
            default:
                throw new FormatException("The text holds characters that are not base64.");
        }
    }

    /// <summary>A buffer with the unconsumed bytes at its beginning.</summary>
    private sealed class PrefixBuffer(int size)
    {
        private readonly byte[] _buffer = new byte[size];
        private int _count;

        public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, _count);

        public Memory<byte> Free => _buffer.AsMemory(_count);

        public void AddRead(int count) => _count += count;

        public void Append(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_buffer.AsSpan(_count));
            _count += bytes.Length;
        }

        public void Consume(int count)
        {
            _buffer.AsSpan(count, _count - count).CopyTo(_buffer);
            _count -= count;
        }
    }
}
