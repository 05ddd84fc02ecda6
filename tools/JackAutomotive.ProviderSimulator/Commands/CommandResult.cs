using System.Diagnostics;
using JackAutomotive.ProviderSimulator.Posting;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>What a command did.</summary>
/// <param name="Command">Its name.</param>
/// <param name="Seed">The seed with which it can be repeated exactly.</param>
/// <param name="Sent">How many webhooks were posted.</param>
/// <param name="Accepted">How many of them were answered with 200.</param>
/// <param name="DurationMs">How long it took, in milliseconds.</param>
/// <param name="TraceId">The command's own trace.</param>
/// <param name="Deliveries">What was posted, at most <see cref="MostDeliveries"/>: the refused ones first.</param>
internal sealed record CommandResult(
    string Command, int Seed, int Sent, int Accepted, double DurationMs, string? TraceId, IReadOnlyList<Delivery> Deliveries)
{
    /// <summary>How many deliveries a result tells of one by one.</summary>
    public const int MostDeliveries = 100;

    /// <summary>How many webhooks were refused or not answered.</summary>
    public int Refused => Sent - Accepted;

    /// <summary>Sums up what was posted.</summary>
    public static CommandResult Of(string command, int seed, TimeSpan duration, IReadOnlyCollection<Delivery> deliveries) => new(
        command, seed, deliveries.Count, deliveries.Count(delivery => delivery.Accepted), Math.Round(duration.TotalMilliseconds, 1),
        Activity.Current?.TraceId.ToString(),
        [.. deliveries.OrderBy(delivery => delivery.Accepted).ThenBy(delivery => delivery.SentAt).Take(MostDeliveries)]);
}
