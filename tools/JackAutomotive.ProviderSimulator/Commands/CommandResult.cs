using System.Diagnostics;
using System.Globalization;
using JackAutomotive.ProviderSimulator.Posting;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>What a command did. Corrupt deliveries are counted apart from the sound ones.</summary>
/// <param name="Command">Its name.</param>
/// <param name="Seed">The seed with which it can be repeated exactly.</param>
/// <param name="Sent">How many sound webhooks were posted.</param>
/// <param name="Accepted">How many of them were answered with 200.</param>
/// <param name="Corrupted">How many were corrupt.</param>
/// <param name="RefusedAsTheyShouldBe">How many of those were refused for it, with a 4xx.</param>
/// <param name="SentAgain">How many posts were made because the target was busy, away or not reached at first.</param>
/// <param name="ByStatus">How many deliveries came to which HTTP status in the end; <c>none</c> is no answer.</param>
/// <param name="P50Ms">Half of the posts were answered within so many milliseconds.</param>
/// <param name="P99Ms">And 99 of a hundred within so many.</param>
/// <param name="DurationMs">How long it all took, in milliseconds.</param>
/// <param name="TraceId">The command's own trace.</param>
/// <param name="Deliveries">What was posted, at most <see cref="MostDeliveries"/>: those with the wrong answer first.</param>
internal sealed record CommandResult(
    string Command, int Seed, int Sent, int Accepted, int Corrupted, int RefusedAsTheyShouldBe, int SentAgain,
    IReadOnlyDictionary<string, int> ByStatus, double P50Ms, double P99Ms, double DurationMs, string? TraceId,
    IReadOnlyList<Delivery> Deliveries)
{
    /// <summary>How many deliveries a result tells of one by one.</summary>
    public const int MostDeliveries = 100;

    /// <summary>How many sound webhooks were refused or not answered.</summary>
    public int Refused => Sent - Accepted;

    /// <summary>Whether every sound webhook was accepted and every corrupt one refused.</summary>
    public bool AllAsItShouldBe => Refused == 0 && Corrupted == RefusedAsTheyShouldBe;

    /// <summary>Sums up what was posted.</summary>
    public static CommandResult Of(string command, int seed, TimeSpan duration, IReadOnlyCollection<Delivery> deliveries)
    {
        var corrupt = deliveries.Where(delivery => delivery.Flaw is not null).ToList();
        var sound = deliveries.Where(delivery => delivery.Flaw is null).ToList();
        double[] times = [.. deliveries.Select(delivery => delivery.DurationMs).Order()];
        return new(
            command, seed, sound.Count, sound.Count(delivery => delivery.Accepted), corrupt.Count,
            corrupt.Count(delivery => delivery.AsItShouldBe), deliveries.Sum(delivery => delivery.Attempts - 1),
            deliveries.GroupBy(delivery => delivery.Status?.ToString(CultureInfo.InvariantCulture) ?? "none")
                .OrderBy(status => status.Key, StringComparer.Ordinal)
                .ToDictionary(status => status.Key, status => status.Count()),
            Percentile(times, 50), Percentile(times, 99), Math.Round(duration.TotalMilliseconds, 1), Activity.Current?.TraceId.ToString(),
            [.. deliveries.OrderBy(delivery => delivery.AsItShouldBe).ThenBy(delivery => delivery.SentAt).Take(MostDeliveries)]);
    }

    /// <summary>The nearest rank: the least of <paramref name="sorted"/> that so many in a hundred do not exceed; 0 of nothing.</summary>
    public static double Percentile(IReadOnlyList<double> sorted, int percent) =>
        sorted.Count == 0 ? 0 : sorted[Math.Max(0, (int)Math.Ceiling(sorted.Count * percent / 100.0) - 1)];
}
