using System.Diagnostics;
using System.Net;
using System.Net.Mime;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Polly;

namespace JackAutomotive.ProviderSimulator.Posting;

/// <summary>Posts webhooks, measures the time to the answer and records the answer. All callers share one limit of concurrent posts.</summary>
internal sealed partial class WebhookPost(
    SentLog log, TimeProvider time, IOptions<PostingOptions> options, ILogger<WebhookPost> logger) : IDisposable
{
    /// <summary>Maximum number of posts of one webhook.</summary>
    public const int MaxAttempts = 20;

    private static readonly TimeSpan s_defaultWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_maxWait = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _slots = new(options.Value.MaxConcurrentPosts);

    /// <summary>Posts the webhook once. A rejection or a missing answer is a result and not an exception.</summary>
    public async Task<Delivery> SendAsync(Webhook webhook, Flaw? flaw, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            var sentAt = time.GetUtcNow();
            var started = time.GetTimestamp();
            var (status, title, retryAfter) = await PostAsync(webhook, flaw, cancellationToken);
            var delivery = new Delivery(
                webhook.Provider, webhook.Kind, webhook.Id, PhoneNumbers.Mask(webhook.Customer), status, title,
                Math.Round(time.GetElapsedTime(started).TotalMilliseconds, 1), sentAt, Activity.Current?.TraceId.ToString(),
                flaw?.ToString(), RetryAfter: retryAfter);

            log.Add(delivery);
            Log(delivery);
            return delivery;
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>
    /// Posts the webhook until the target is neither busy nor unavailable nor unreachable, at most <see cref="MaxAttempts"/> times. Waits
    /// between two posts for the time that the target asks for (30 seconds at most), or else for one second.
    /// </summary>
    public async Task<Delivery> SendWithRetriesAsync(Webhook webhook, Flaw? flaw, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var delivery = await SendAsync(webhook, flaw, cancellationToken) with { Attempts = attempt };
            if (!delivery.TemporarilyUnavailable || attempt == MaxAttempts)
            {
                return delivery;
            }

            var wait = delivery.RetryAfter ?? s_defaultWait;
            await Task.Delay(wait < s_maxWait ? wait : s_maxWait, time, cancellationToken);
        }
    }

    public void Dispose() => _slots.Dispose();

    private static async Task<(int? Status, string? Title, TimeSpan? RetryAfter)> PostAsync(
        Webhook webhook, Flaw? flaw, CancellationToken cancellationToken)
    {
        try
        {
            using var request = webhook.CreateRequest(flaw);
            using var answer = await webhook.Http.SendAsync(request, cancellationToken);
            var title = answer.StatusCode == HttpStatusCode.OK ? null : await ReadTitleAsync(answer, cancellationToken);
            return ((int)answer.StatusCode, title, answer.Headers.RetryAfter?.Delta);
        }
        catch (HttpRequestException failure)
        {
            return (null, $"No answer: {failure.Message}", null);
        }
        catch (ExecutionRejectedException failure)
        {
            // The resilience handler timed out, or its circuit breaker is open after too many failures.
            return (null, $"No answer: {failure.Message}", null);
        }
    }

    private static async Task<string> ReadTitleAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var fallback = answer.ReasonPhrase ?? answer.StatusCode.ToString();
        var type = answer.Content.Headers.ContentType?.MediaType;
        if (type is not (MediaTypeNames.Application.ProblemJson or MediaTypeNames.Application.Json))
        {
            return fallback;
        }

        try
        {
            await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
            using var problem = await JsonDocument.ParseAsync(body, cancellationToken: cancellationToken);
            return problem.RootElement.ValueKind == JsonValueKind.Object
                && problem.RootElement.TryGetProperty("title", out var title)
                && title.ValueKind == JsonValueKind.String
                    ? title.GetString()!
                    : fallback;
        }
        catch (JsonException)
        {
            return fallback;
        }
    }

    private void Log(Delivery delivery)
    {
        if (delivery.Accepted)
        {
            LogAccepted(delivery.Kind, delivery.Id, delivery.DurationMs);
        }
        else if (delivery.AsItShouldBe)
        {
            LogRefusedRightly(delivery.Kind, delivery.Id, delivery.Flaw, delivery.Status);
        }
        else
        {
            LogRefused(delivery.Kind, delivery.Id, delivery.Status, delivery.Title);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Posted {Kind} {Id}: accepted in {DurationMs} ms")]
    private partial void LogAccepted(string kind, string id, double durationMs);

    [LoggerMessage(Level = LogLevel.Information, Message = "Posted {Kind} {Id} with a {Flaw}: rejected with {Status}, as expected")]
    private partial void LogRefusedRightly(string kind, string id, string? flaw, int? status);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Posted {Kind} {Id}: rejected with {Status}: {Title}")]
    private partial void LogRefused(string kind, string id, int? status, string? title);
}
