using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Posting;

/// <summary>Posts a story's webhooks when they are due, with the requested faults.</summary>
internal sealed class Courier(WebhookPost post, IOptions<PostingOptions> options, TimeProvider time)
{
    /// <summary>Posts the webhooks in sequence: each webhook waits for the answer to the previous one.</summary>
    public Task<IReadOnlyList<Delivery>> PostInOrderAsync(
        IReadOnlyList<StoryStep> story, Faults faults, int seed, CancellationToken cancellationToken) =>
        DeliverAsync(story, faults, seed, 1, _ => null, cancellationToken);

    /// <summary>Posts the webhooks concurrently, each in its own trace.</summary>
    public Task<IReadOnlyList<Delivery>> PostConcurrentlyAsync(
        IReadOnlyList<StoryStep> story, Faults faults, int seed, CancellationToken cancellationToken) =>
        DeliverAsync(
            story, faults, seed, options.Value.MaxConcurrentPosts, webhook => SimulatorTelemetry.StartRoot(webhook.Kind),
            cancellationToken);

    private async Task<IReadOnlyList<Delivery>> DeliverAsync(
        IReadOnlyList<StoryStep> story, Faults faults, int seed, int maxConcurrentPosts, Func<Webhook, IDisposable?> startActivity,
        CancellationToken cancellationToken)
    {
        var plan = faults.Plan([.. story.Select(step => step.Webhook.Flaws)], seed);
        var deliveries = new ConcurrentQueue<Delivery>();
        var parallel = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = maxConcurrentPosts };
        await Parallel.ForEachAsync(WhenDueAsync(story, plan, cancellationToken), parallel, async (planned, token) =>
        {
            var webhook = story[planned.Webhook].Webhook;
            using var activity = startActivity(webhook);
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

    // Faults can make the target busy. A 429 or 503 then asks for a retry and does not mean that the webhook is lost.
    private Task<Delivery> SendAsync(Webhook webhook, Flaw? flaw, Faults faults, CancellationToken cancellationToken) => faults.Any
        ? post.SendWithRetriesAsync(webhook, flaw, cancellationToken)
        : post.SendAsync(webhook, flaw, cancellationToken);

    // A shuffle changes the order of the webhooks, not the due times of the story.
    private async IAsyncEnumerable<PlannedPost> WhenDueAsync(
        IReadOnlyList<StoryStep> story, IReadOnlyList<PlannedPost> plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        for (var i = 0; i < plan.Count; i++)
        {
            var wait = story[i].At - time.GetElapsedTime(started);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, cancellationToken);
            }

            yield return plan[i];
        }
    }
}
