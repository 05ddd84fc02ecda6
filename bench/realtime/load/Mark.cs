using System.Globalization;
using System.Text;

namespace JackAutomotive.RealtimeLoad;

/// <summary>
/// The mark in every message, which every server must pass on unchanged: the message's number in its channel, and its due time.
/// <code>@@0000000042:0000001234567890123@@</code>
/// </summary>
internal readonly record struct Mark(long Seq, long DueAt)
{
    public const int Length = 34;

    private const int SeqAt = 2, SeqDigits = 10, DueAtAt = 13, DueAtDigits = 19;

    public static ReadOnlySpan<byte> Delimiter => "@@"u8;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"@@{Seq:D10}:{DueAt:D19}@@");

    /// <summary>Reads the <see cref="Length"/> bytes that begin with <see cref="Delimiter"/>.</summary>
    /// <exception cref="IOException">The mark is malformed: the server mixed up two messages.</exception>
    public static Mark Read(ReadOnlySpan<byte> bytes) => bytes[DueAtAt - 1] == ':' && bytes[(Length - 2)..Length].SequenceEqual(Delimiter)
        ? new Mark(Digits(bytes.Slice(SeqAt, SeqDigits)), Digits(bytes.Slice(DueAtAt, DueAtDigits)))
        : throw new IOException($"Malformed mark: {Encoding.UTF8.GetString(bytes[..Length])}");

    private static long Digits(ReadOnlySpan<byte> digits)
    {
        long number = 0;
        foreach (var digit in digits)
        {
            number = (number * 10) + (digit - '0');
        }

        return number;
    }
}
