using System.Globalization;
using System.Text;

namespace JackAutomotive.RealtimeLoad;

/// <summary>
/// What every message carries and every server has to hand on unchanged: its number in its channel, and when it was to be sent.
/// <code>@@0000000042:0000001234567890123@@</code>
/// </summary>
internal readonly record struct Mark(long Seq, long DueAt)
{
    public const int Length = 34;

    private const int SeqAt = 2, SeqDigits = 10, DueAtAt = 13, DueAtDigits = 19;

    public static ReadOnlySpan<byte> Sign => "@@"u8;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"@@{Seq:D10}:{DueAt:D19}@@");

    /// <summary>Reads the <see cref="Length"/> bytes that begin with <see cref="Sign"/>.</summary>
    /// <exception cref="IOException">Something else came in between: the server mixed up two messages.</exception>
    public static Mark Read(ReadOnlySpan<byte> bytes) => bytes[DueAtAt - 1] == ':' && bytes[(Length - 2)..Length].SequenceEqual(Sign)
        ? new Mark(Digits(bytes.Slice(SeqAt, SeqDigits)), Digits(bytes.Slice(DueAtAt, DueAtDigits)))
        : throw new IOException($"A broken mark: {Encoding.UTF8.GetString(bytes[..Length])}");

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
