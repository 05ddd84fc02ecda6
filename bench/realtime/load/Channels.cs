using System.Globalization;
using JackAutomotive.Contracts;

namespace JackAutomotive.RealtimeLoad;

/// <summary>The published messages: one channel for each lead, with messages numbered from 1.</summary>
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

    /// <summary>The leads' ids as they occur in URLs.</summary>
    public string[] Names { get; }

    /// <summary>The number of readers of each channel that are expected to receive every message.</summary>
    public int[] Readers { get; }

    /// <summary>The number of messages published since <see cref="Start"/>.</summary>
    public long Published { get; private set; }

    /// <summary>The number of deliveries expected for the published messages.</summary>
    public long Expected { get; private set; }

    /// <summary>Returns the id of a channel's lead. <c>run.sh</c> inserts the rows of these leads before the run.</summary>
    public static LeadId LeadOf(int channel) =>
        new(Guid.Parse(string.Create(CultureInfo.InvariantCulture, $"00000000-0000-7000-8000-{channel:d12}")));

    /// <summary>Counts a message as published and returns its number in the channel.</summary>
    public long NextSeq(int channel)
    {
        Published++;
        Expected += Readers[channel];
        return ++_last[channel];
    }

    /// <summary>Starts the measurement: earlier messages are not counted.</summary>
    public void Start()
    {
        _last.CopyTo(_start, 0);
        Published = Expected = 0;
    }

    /// <summary>Returns whether the message was published after <see cref="Start"/>.</summary>
    /// <exception cref="IOException">The message was never published.</exception>
    public bool IsMeasured(int channel, long seq) => seq > 0 && seq <= _last[channel]
        ? seq > _start[channel]
        : throw new IOException($"Message {seq} of {Names[channel]} was never published.");

    /// <summary>Returns how many of the measured messages <paramref name="seen"/> lacks.</summary>
    public long CountMissing(int channel, ReceivedSeqs seen)
    {
        long missing = 0;
        for (var seq = _start[channel] + 1; seq <= _last[channel]; seq++)
        {
            missing += seen.Contains(seq) ? 0 : 1;
        }

        return missing;
    }
}

/// <summary>The messages of a channel that one reader received, as a bit set.</summary>
internal sealed class ReceivedSeqs
{
    private ulong[] _bits = [];

    public long Highest { get; private set; }

    public bool Contains(long seq) => seq >> 6 < _bits.Length && (_bits[seq >> 6] >> (int)(seq & 63) & 1) != 0;

    /// <summary>Adds a message and returns false if the set already contained the message.</summary>
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
