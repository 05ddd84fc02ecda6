using System.Numerics;

namespace JackAutomotive.RealtimeLoad;

/// <summary>Durations in nanoseconds, kept to within 1 % in a fixed amount of memory.</summary>
internal sealed class Histogram
{
    // Each power of two is divided into so many steps.
    private const int Bits = 7, Steps = 1 << Bits;

    private readonly long[] _counts = new long[(64 - Bits + 1) * Steps];

    public long Count { get; private set; }

    public long Longest { get; private set; }

    public void Add(long nanoseconds)
    {
        nanoseconds = Math.Max(0, nanoseconds);
        _counts[StepOf(nanoseconds)]++;
        Count++;
        Longest = Math.Max(Longest, nanoseconds);
    }

    public void Clear()
    {
        Array.Clear(_counts);
        Count = Longest = 0;
    }

    /// <summary>The duration below which that share (0 to 1) of all lie, in milliseconds.</summary>
    public double MillisecondsAt(double share)
    {
        var wanted = Math.Max(1, (long)Math.Ceiling(Count * share));
        long seen = 0;
        for (var step = 0; step < _counts.Length; step++)
        {
            seen += _counts[step];
            if (seen >= wanted)
            {
                return Math.Min(StartOf(step), Longest) / 1e6;
            }
        }

        return Longest / 1e6;
    }

    private static int StepOf(long value)
    {
        if (value < Steps)
        {
            return (int)value;
        }

        var shift = BitOperations.Log2((ulong)value) - Bits;
        return (shift * Steps) + (int)(value >> shift);
    }

    private static long StartOf(int step)
    {
        var shift = Math.Max(0, (step / Steps) - 1);
        return (long)(step - (shift * Steps)) << shift;
    }
}
