using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Posting;

/// <summary>Posts a story's webhooks when they are due, with the faults that are asked for.</summary>
internal sealed class Courier(WebhookPost post, IOptions<PostingOptions> options, TimeProvider time)
{
    /// <summary>One after the other: the next when the one before it is answered.</summary>
    public Task<IReadOnlyList<Delivery>> InOrderAsync(
        IReadOnlyList<StoryStep> story, Faults faults, int seed, CancellationToken cancellationToken) =>
        DeliverAsync(story, faults, seed, 1, _ => null, cancellationToken);

    /// <summary>Side by side, each as a trace of its own.</summary>
    public Task<IReadOnlyList<Delivery>> SideBySideAsync(
        IReadOnlyList<StoryStep> story, Faults faults, int seed, CancellationToken cancellationToken) =>
        DeliverAsync(
            story, faults, seed, options.Value.MaxConcurrentPosts, webhook => SimulatorTelemetry.StartRoot(webhook.Kind),
            cancellationToken);

    private async Task<IReadOnlyList<Delivery>> DeliverAsync(
        IReadOnlyList<StoryStep> story, Faults faults, int seed, int atOnce, Func<Webhook, IDisposable?> begin,
        CancellationToken cancellationToken)
    {
        var plan = faults.Plan([.. story.Select(step => step.Webhook.Flaws)], seed);
        var deliveries = new ConcurrentQueue<Delivery>();
        var parallel = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = atOnce };
        await Parallel.ForEachAsync(WhenDueAsync(story, plan, cancellationToken), parallel, async (planned, token) =>
        {
            var webhook = story[planned.Webhook].Webhook;
            using var activity = begin(webhook);
            await Task.Delay(planned.Delay, time, token);
            if (planned.Flaw is { } flaw)
            {
                deliveries.Enqueue(await SendAsync(webhook, flaw, faults, token));
            }

            var copies = Enumerable.Range(0, planned.Copies).Select(_ => SendAsync(webhook, null, faults, token));
            foreach (var delivery in await Task.WhenAll(copies))
            {
                deliveries.Enqueue(delivery);
            }
        });
        return [.. deliveries];
    }

    // What makes trouble must not mistake the answer to it for a loss.
    private Task<Delivery> SendAsync(Webhook webhook, Flaw? flaw, Faults faults, CancellationToken cancellationToken) => faults.Any
        ? post.SendUntilTakenAsync(webhook, flaw, cancellationToken)
        : post.SendAsync(webhook, flaw, cancellationToken);

    // The story's times stay in order when its webhooks do not.
    private async IAsyncEnumerable<PlannedPost> WhenDueAsync(
        IReadOnlyList<StoryStep> story, IReadOnlyList<PlannedPost> plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        for (var i = 0; i < plan.Count; i++)
        {
            var wait = story[i].At - time.GetElapsedTime(began);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, cancellationToken);
            }

            yield return plan[i];
        }
    }
}
