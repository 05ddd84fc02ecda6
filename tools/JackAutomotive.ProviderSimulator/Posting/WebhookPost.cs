using System.Diagnostics;
using System.Net;
using System.Net.Mime;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Polly;

namespace JackAutomotive.ProviderSimulator.Posting;

/// <summary>Posts a webhook once, measures it and remembers what came back. Any number of callers share one bound.</summary>
internal sealed partial class WebhookPost(
    SentLog log, TimeProvider time, IOptions<PostingOptions> options, ILogger<WebhookPost> logger) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(options.Value.MaxConcurrentPosts);

    /// <summary>Posts what <paramref name="createRequest"/> makes. A refusal is a result and not an exception; so is no answer.</summary>
    public async Task<Delivery> SendAsync(
        string provider, string kind, string id, string customer,
        Func<HttpRequestMessage> createRequest, HttpClient http, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            var sentAt = time.GetUtcNow();
            var started = time.GetTimestamp();
            var (status, title) = await PostAsync(createRequest, http, cancellationToken);
            var delivery = new Delivery(
                provider, kind, id, PhoneNumbers.Mask(customer), status, title,
                Math.Round(time.GetElapsedTime(started).TotalMilliseconds, 1), sentAt, Activity.Current?.TraceId.ToString());

            log.Add(delivery);
            if (delivery.Accepted)
            {
                LogAccepted(kind, id, delivery.DurationMs);
            }
            else
            {
                LogRefused(kind, id, status, title);
            }

            return delivery;
        }
        finally
        {
            _slots.Release();
        }
    }

    public void Dispose() => _slots.Dispose();

    private static async Task<(int? Status, string? Title)> PostAsync(
        Func<HttpRequestMessage> createRequest, HttpClient http, CancellationToken cancellationToken)
    {
        try
        {
            using var request = createRequest();
            using var answer = await http.SendAsync(request, cancellationToken);
            var title = answer.StatusCode == HttpStatusCode.OK ? null : await ReadTitleAsync(answer, cancellationToken);
            return ((int)answer.StatusCode, title);
        }
        catch (HttpRequestException failure)
        {
            return (null, $"No answer: {failure.Message}");
        }
        catch (ExecutionRejectedException failure)
        {
            // The resilience handler's timeout, or its circuit breaker after too many failures.
            return (null, $"No answer: {failure.Message}");
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

    [LoggerMessage(Level = LogLevel.Information, Message = "Posted {Kind} {Id}: accepted in {DurationMs} ms")]
    private partial void LogAccepted(string kind, string id, double durationMs);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Posted {Kind} {Id}: refused with {Status}: {Title}")]
    private partial void LogRefused(string kind, string id, int? status, string? title);
}
