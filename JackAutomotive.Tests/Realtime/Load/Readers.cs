using System.Collections;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Load;

/// <summary>A group of readers that run at the same time.</summary>
internal sealed class Readers : IAsyncDisposable, IReadOnlyList<Reader>
{
    private readonly List<Reader> _all = [];

    public int Count => _all.Count;

    public Reader this[int index] => _all[index];

    /// <summary>Adds <paramref name="each"/> readers per lead and returns when all of them watch.</summary>
    public async Task AddAsync(IEnumerable<LeadId> leads, ReaderOptions options, int each = 1)
    {
        var added = leads.SelectMany(lead => Enumerable.Range(0, each).Select(_ => new Reader(lead, options))).ToList();
        _all.AddRange(added);
        await Wait.UntilAsync(() => added.TrueForAll(reader => reader.Opened > 0), $"{added.Count} streams to begin");
    }

    /// <summary>Waits until every reader has seen the newest seq of its lead. Fails at once when a reader records a fault.</summary>
    public Task UntilAsync(IReadOnlyDictionary<LeadId, long> newest) => UntilAsync(reader => reader.Last >= newest[reader.Lead], "every event");

    /// <summary>Waits until <paramref name="condition"/> holds for every reader. Fails at once when a reader records a fault.</summary>
    public async Task UntilAsync(Func<Reader, bool> condition, string what)
    {
        await Wait.UntilAsync(() => _all.Exists(reader => reader.Faults.Count > 0) || _all.TrueForAll(condition.Invoke), what);
        AssertNoFaults();
    }

    /// <summary>Asserts that no event was missing, repeated, out of order or of another lead.</summary>
    public void AssertNoFaults() => Assert.Empty(_all.SelectMany(reader => reader.Faults));

    public void Cut() => _all.ForEach(reader => reader.Cut());

    public IEnumerator<Reader> GetEnumerator() => _all.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public async ValueTask DisposeAsync()
    {
        foreach (var reader in _all)
        {
            await reader.DisposeAsync();
        }
    }
}
