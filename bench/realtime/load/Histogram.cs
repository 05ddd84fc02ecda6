using System.Numerics;

namespace JackAutomotive.RealtimeLoad;

/// <summary>A histogram of durations in nanoseconds, with an error below 1 % and a fixed memory size.</summary>
internal sealed class Histogram
{
    // Each power of two is divided into this number of steps.
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

    /// <summary>Returns the duration in milliseconds at a quantile, where <paramref name="share"/> is between 0 and 1.</summary>
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
