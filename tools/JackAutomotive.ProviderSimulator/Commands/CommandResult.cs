using System.Diagnostics;
using System.Globalization;
using JackAutomotive.ProviderSimulator.Posting;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>The result of a command. Corrupt deliveries are counted separately from sound ones.</summary>
/// <param name="Command">The command's name.</param>
/// <param name="Seed">The seed that repeats the command exactly.</param>
/// <param name="Sent">Number of sound webhooks.</param>
/// <param name="Accepted">Number of sound webhooks that were answered with 200.</param>
/// <param name="Corrupted">Number of corrupt webhooks.</param>
/// <param name="RefusedAsTheyShouldBe">Number of corrupt webhooks that were rejected with a 4xx other than 429.</param>
/// <param name="SentAgain">Number of repeated posts, made because the target was busy, unavailable or not reached.</param>
/// <param name="ByStatus">Number of deliveries by their last HTTP status; <c>none</c> means no answer.</param>
/// <param name="P50Ms">Median time from a post to its answer, in milliseconds.</param>
/// <param name="P99Ms">99th percentile of the same time, in milliseconds.</param>
/// <param name="DurationMs">Duration of the whole command, in milliseconds.</param>
/// <param name="TraceId">The command's own trace.</param>
/// <param name="Deliveries">At most <see cref="MaxDeliveries"/> deliveries, those with a wrong answer first.</param>
internal sealed record CommandResult(
    string Command, int Seed, int Sent, int Accepted, int Corrupted, int RefusedAsTheyShouldBe, int SentAgain,
    IReadOnlyDictionary<string, int> ByStatus, double P50Ms, double P99Ms, double DurationMs, string? TraceId,
    IReadOnlyList<Delivery> Deliveries)
{
    /// <summary>Maximum number of deliveries that a result lists.</summary>
    public const int MaxDeliveries = 100;

    /// <summary>Number of sound webhooks that were rejected or not answered.</summary>
    public int Refused => Sent - Accepted;

    /// <summary>True if the target accepted every sound webhook and rejected every corrupt one.</summary>
    public bool AllAsItShouldBe => Refused == 0 && Corrupted == RefusedAsTheyShouldBe;

    /// <summary>Sums up the deliveries of a command.</summary>
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
            [.. deliveries.OrderBy(delivery => delivery.AsItShouldBe).ThenBy(delivery => delivery.SentAt).Take(MaxDeliveries)]);
    }

    /// <summary>
    /// The nearest-rank percentile: the smallest value that <paramref name="percent"/> % of the values do not exceed; 0 without values.
    /// </summary>
    public static double Percentile(IReadOnlyList<double> sorted, int percent) =>
        sorted.Count == 0 ? 0 : sorted[Math.Max(0, (int)Math.Ceiling(sorted.Count * percent / 100.0) - 1)];
}
