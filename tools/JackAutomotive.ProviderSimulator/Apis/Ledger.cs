using System.Security.Cryptography;

namespace JackAutomotive.ProviderSimulator.Apis;

/// <summary>A text or a call that a provider has accepted, whatever answer the caller received.</summary>
/// <param name="Number">The entry's position in the ledger, from 1.</param>
/// <param name="At">When the provider accepted the request.</param>
/// <param name="Provider"><c>twilio</c> or <c>elevenlabs</c>.</param>
/// <param name="Kind"><c>text</c> or <c>call</c>.</param>
/// <param name="Id">The SID of the text or of the call.</param>
/// <param name="ConversationId">The conversation of a call of the voice agent; null otherwise.</param>
/// <param name="To">The address that the text or call goes to.</param>
/// <param name="From">The address that the text or call comes from; null while a messaging service has not chosen one.</param>
/// <param name="BodyHash">
/// SHA-256 in lower-case hexadecimal. For a text: of its words in UTF-8, each media URL after a line feed. For a call: of the request's body.
/// </param>
internal sealed record LedgerEntry(
    int Number, DateTimeOffset At, string Provider, string Kind, string Id, string? ConversationId, string To, string? From,
    string BodyHash)
{
    /// <summary>Number of accepted requests of this kind to the same address with the same body.</summary>
    public int Count { get; init; } = 1;
}

/// <summary>The ledger as <c>GET /ledger</c> shows it.</summary>
/// <param name="Texts">Number of accepted texts.</param>
/// <param name="Calls">Number of accepted calls.</param>
/// <param name="Repeated">Number of entries that repeat an earlier one: the same kind, address and body.</param>
/// <param name="Entries">The entries, oldest first.</param>
internal sealed record LedgerReport(int Texts, int Calls, int Repeated, IReadOnlyList<LedgerEntry> Entries);

/// <summary>Everything that the providers have accepted since the last reset, in memory.</summary>
internal sealed class Ledger(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<LedgerEntry> _entries = [];

    /// <summary>Adds an accepted text or call. <see cref="LedgerEntry.Number"/> and <see cref="LedgerEntry.At"/> are set here.</summary>
    public void Record(
        string provider, string kind, string id, string to, string? from, ReadOnlySpan<byte> body, string? conversationId = null)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(body));
        lock (_lock)
        {
            _entries.Add(new LedgerEntry(_entries.Count + 1, time.GetUtcNow(), provider, kind, id, conversationId, to, from, hash));
        }
    }

    /// <summary>Returns the entries, all or those with one address.</summary>
    public LedgerReport Report(string? to = null)
    {
        List<LedgerEntry> entries;
        lock (_lock)
        {
            entries = [.. _entries.Where(entry => to is null || entry.To == to)];
        }

        var counts = entries.CountBy(entry => (entry.Kind, entry.To, entry.BodyHash)).ToDictionary();
        return new LedgerReport(
            entries.Count(entry => entry.Kind == "text"),
            entries.Count(entry => entry.Kind == "call"),
            entries.Count - counts.Count,
            [.. entries.Select(entry => entry with { Count = counts[(entry.Kind, entry.To, entry.BodyHash)] })]);
    }

    /// <summary>Forgets all entries.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _entries.Clear();
        }
    }

    /// <summary>GET /ledger</summary>
    internal static LedgerReport Show(string? to, Ledger ledger) => ledger.Report(to);

    /// <summary>DELETE /ledger</summary>
    internal static IResult HandleReset(Ledger ledger)
    {
        ledger.Reset();
        return TypedResults.NoContent();
    }
}
