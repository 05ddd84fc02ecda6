using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace JackAutomotive.WebhookApi.Intake.LargeBodies;

/// <summary>Decodes base64 that stands in a JSON string, piece by piece. The escapes of JSON may be anywhere in it.</summary>
internal static class JsonBase64
{
    private const int PieceBytes = 64 * 1024;
    private const int UnicodeEscapeLength = 6;

    private static readonly SearchValues<byte> s_special = SearchValues.Create("\\ \t\r\n"u8);

    /// <summary>Decodes what a stream holds from its position on.</summary>
    /// <param name="from">Read from here.</param>
    /// <param name="length">Bytes between the quotes of the string.</param>
    /// <param name="to">Takes what was decoded, piece by piece.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="FormatException">It is not base64, or not all of it is there.</exception>
    public static async Task DecodeAsync(
        Stream from,
        long length,
        Func<ReadOnlyMemory<byte>, ValueTask> to,
        CancellationToken cancellationToken)
    {
        // What could not be used yet (half an escape, a few characters of base64) stays at the beginning.
        var raw = new Piece(PieceBytes);
        var text = new Piece(PieceBytes + 4);
        var decoded = new byte[PieceBytes];
        while (true)
        {
            var wanted = (int)Math.Min(raw.Free.Length, length);
            var read = await from.ReadAtLeastAsync(raw.Free[..wanted], wanted, throwOnEndOfStream: false, cancellationToken);
            if (read < wanted)
            {
                throw new FormatException("The text ends too early.");
            }

            raw.Add(read);
            length -= read;
            raw.Take(Unescape(raw.Span, text));

            var isLast = length == 0;
            var status = Base64.DecodeFromUtf8(text.Span, decoded, out var used, out var written, isFinalBlock: isLast);
            if (status == OperationStatus.InvalidData || (isLast && (status != OperationStatus.Done || !raw.Span.IsEmpty)))
            {
                throw new FormatException("The text is not base64.");
            }

            text.Take(used);
            await to(decoded.AsMemory(0, written));
            if (isLast)
            {
                return;
            }
        }
    }

    /// <summary>Appends to the text what is complete of the raw bytes, without white space; returns how many bytes that were.</summary>
    private static int Unescape(ReadOnlySpan<byte> raw, Piece text)
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
            else if (rest.Length < 2 || (rest[1] == (byte)'u' && rest.Length < UnicodeEscapeLength))
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

    private static int AppendEscaped(ReadOnlySpan<byte> escape, Piece text)
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

    /// <summary>Bytes at the beginning of a buffer.</summary>
    private sealed class Piece(int size)
    {
        private readonly byte[] _buffer = new byte[size];
        private int _count;

        public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, _count);

        public Memory<byte> Free => _buffer.AsMemory(_count);

        public void Add(int count) => _count += count;

        public void Append(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_buffer.AsSpan(_count));
            _count += bytes.Length;
        }

        public void Take(int count)
        {
            _buffer.AsSpan(count, _count - count).CopyTo(_buffer);
            _count -= count;
        }
    }
}
