using System.Globalization;
using JackAutomotive.Contract;

namespace JackAutomotive.RealtimeLoad;

/// <summary>What was published: one channel for each lead, numbered from 1.</summary>
internal sealed class Channels
{
    private readonly long[] _last;
    private readonly long[] _start;

    public Channels(int count)
    {
        Count = count;
        _last = new long[count];
        _start = new long[count];
        Readers = new int[count];
        Leads = [.. Enumerable.Range(0, count).Select(LeadOf)];
        Names = [.. Leads.Select(lead => lead.ToString())];
    }

    public int Count { get; }

    public LeadId[] Leads { get; }

    /// <summary>The leads' ids as they stand in addresses.</summary>
    public string[] Names { get; }

    /// <summary>How many readers of each channel are expected to get all of it.</summary>
    public int[] Readers { get; }

    /// <summary>Messages published since <see cref="Start"/>.</summary>
    public long Published { get; private set; }

    /// <summary>Deliveries that these should have led to.</summary>
    public long Expected { get; private set; }

    /// <summary>The leads whose rows are made before the run, see <c>run.sh</c>.</summary>
    public static LeadId LeadOf(int channel) =>
        new(Guid.Parse(string.Create(CultureInfo.InvariantCulture, $"00000000-0000-7000-8000-{channel:d12}")));

    /// <summary>The number of a channel's next message.</summary>
    public long Next(int channel)
    {
        Published++;
        Expected += Readers[channel];
        return ++_last[channel];
    }

    /// <summary>Only what follows counts.</summary>
    public void Start()
    {
        _last.CopyTo(_start, 0);
        Published = Expected = 0;
    }

    /// <summary>Whether the message counts.</summary>
    /// <exception cref="IOException">No such message was published.</exception>
    public bool Counts(int channel, long seq) => seq > 0 && seq <= _last[channel]
        ? seq > _start[channel]
        : throw new IOException($"Message {seq} of {Names[channel]} was never published.");

    /// <summary>The numbers that count and that <paramref name="seen"/> lacks.</summary>
    public long Missing(int channel, Seen seen)
    {
        long missing = 0;
        for (var seq = _start[channel] + 1; seq <= _last[channel]; seq++)
        {
            missing += seen.Has(seq) ? 0 : 1;
        }

        return missing;
    }
}

/// <summary>Which of a channel's messages one reader got.</summary>
internal sealed class Seen
{
    private ulong[] _bits = [];

    public long Highest { get; private set; }

    public bool Has(long seq) => seq >> 6 < _bits.Length && (_bits[seq >> 6] >> (int)(seq & 63) & 1) != 0;

    /// <summary>False if it was there before.</summary>
    public bool Add(long seq, out bool isLate)
    {
        var word = (int)(seq >> 6);
        if (word >= _bits.Length)
        {
            Array.Resize(ref _bits, Math.Max(word + 1, _bits.Length * 2));
        }

        var bit = 1UL << (int)(seq & 63);
        var isNew = (_bits[word] & bit) == 0;
        _bits[word] |= bit;
        isLate = seq < Highest;
        Highest = Math.Max(Highest, seq);
        return isNew;
    }
}
