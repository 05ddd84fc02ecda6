using JackAutomotive.ProviderSimulator.Posting;

namespace JackAutomotive.ProviderSimulator.Apis;

/// <summary>Plays what happens after an accepted request, with the faults of that request.</summary>
internal sealed partial class StoryPlayer(
    WebhookPost post, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<StoryPlayer> logger)
{
    /// <summary>
    /// Plays the story in the background after the answer. A late answer does not delay the story. Early callbacks do delay the answer: the
    /// whole story is then played first.
    /// </summary>
    public async Task PlayAsync(HttpContext request, IReadOnlyList<Scene> story)
    {
        var faults = FaultPlan.Of(request);
        if (faults.CallbacksAreEarly)
        {
            await PlayAsync([.. story.Select(scene => scene with { At = TimeSpan.Zero })], faults);
        }
        else if (faults.LateBy > TimeSpan.Zero)
        {
            Start(story, faults);
        }
        else
        {
            request.Response.OnCompleted(() =>
            {
                Start(story, faults);
                return Task.CompletedTask;
            });
        }
    }

    private void Start(IReadOnlyList<Scene> story, FaultPlan faults) => _ = Task.Run(() => PlayAsync(story, faults), CancellationToken.None);

    private async Task PlayAsync(IReadOnlyList<Scene> story, FaultPlan faults)
    {
        var stopping = lifetime.ApplicationStopping;
        try
        {
            var started = time.GetTimestamp();
            var reports = new Queue<Scene>(OrderReports(story, faults.ShuffleSeed));
            foreach (var scene in story)
            {
                var wait = scene.At - time.GetElapsedTime(started);
                if (wait > TimeSpan.Zero)
                {
                    await Task.Delay(wait, time, stopping);
                }

                scene.Happens();
                if (scene.Webhook is not null && !faults.CallbacksAreLost)
                {
                    await PostAsync(reports.Dequeue(), faults.CallbackCopies, stopping);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
        catch (SettingMissingException missing)
        {
            LogSettingMissing(missing.Message);
        }
    }

    private static Scene[] OrderReports(IReadOnlyList<Scene> story, int? shuffleSeed)
    {
        Scene[] reports = [.. story.Where(scene => scene.Webhook is not null)];
        if (shuffleSeed is { } seed)
        {
            new Random(seed).Shuffle(reports);
        }

        return reports;
    }

    private async Task PostAsync(Scene report, int copies, CancellationToken cancellationToken)
    {
        var webhook = report.Webhook!;
        using var activity = SimulatorTelemetry.StartRoot(webhook.Kind);
        await Task.WhenAll(Enumerable.Range(0, copies).Select(_ => report.IsRetried
            ? post.SendWithRetriesAsync(webhook, null, cancellationToken)
            : SendTwiceAtMostAsync(webhook, cancellationToken)));
    }

    // Twilio's default: one more attempt, and only if no connection was made.
    private async Task<Delivery> SendTwiceAtMostAsync(Webhook webhook, CancellationToken cancellationToken)
    {
        var delivery = await post.SendAsync(webhook, null, cancellationToken);
        return delivery.Status is null ? await post.SendAsync(webhook, null, cancellationToken) : delivery;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Webhooks are not posted: {Reason}")]
    private partial void LogSettingMissing(string reason);
}
