using System.Threading.RateLimiting;
using JackAutomotive.WebhookApi.Intake.LargeBodies;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>
/// Stands before one webhook's handler and lets only what its provider signed through, with the very bytes that were signed. The
/// cheap questions come first: what a header rules out is answered without reading the body.
/// </summary>
internal sealed class WebhookGate(
    WebhookEndpoint endpoint,
    SignatureScheme scheme,
    IWebhookReceiver receiver,
    WebhookLimits limits,
    LargeBodyReader largeBodies,
    RejectionLog rejections)
{
    private readonly RateLimiter _rate = limits.RateOf(endpoint);

    public WebhookEndpoint Endpoint => endpoint;

    /// <summary>The setting without which this webhook cannot work, if it is missing.</summary>
    public string? MissingSetting => scheme.MissingSettingOf(endpoint);

    /// <summary>Takes a request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        if (!limits.TryEnter())
        {
            await RefuseAsync(context, new Rejection(Rejection.Busy, Problems.TooBusy(context.Response)));
            return;
        }

        try
        {
            var (webhook, rejection) = await AdmitAsync(context);
            if (webhook is null)
            {
                await RefuseAsync(context, rejection!);
            }
            else
            {
                var answer = await receiver.ReceiveAsync(webhook);
                await answer.ExecuteAsync(context);
            }
        }
        finally
        {
            limits.Leave();
        }
    }

    /// <summary>Reads and verifies the body. Returns either the verified request or the reason for its refusal.</summary>
    private async ValueTask<(VerifiedWebhook? Webhook, Rejection? Rejection)> AdmitAsync(HttpContext context)
    {
        if (InspectHeaders(context.Request) is { } early)
        {
            return (null, early);
        }

        var (body, content, failure) = await ReadAsync(context);
        if (body is null)
        {
            return (null, failure);
        }

        // The rate counts verified requests only: forged ones must not use up what the provider is allowed.
        using var lease = _rate.AttemptAcquire();
        if (!lease.IsAcquired)
        {
            lease.TryGetMetadata(MetadataName.RetryAfter, out var after);
            return (null, new Rejection(Rejection.RateLimit, Problems.TooManyDeliveries(context.Response, after), body.Bytes.Length));
        }

        return (new VerifiedWebhook(context, endpoint, body, content), null);
    }

    private async ValueTask<(WebhookBody? Body, object? Content, Rejection? Failure)> ReadAsync(HttpContext context)
    {
        var (read, isWhole, failure) = await WebhookBody.ReadAsync(context, endpoint.MaxBodyBytes, limits);
        if (failure is not null)
        {
            return (null, null, failure);
        }

        if (isWhole)
        {
            var verdict = scheme.Verify(endpoint, context.Request, read.Span, out var content);
            return verdict == SignatureVerdict.Valid
                ? (new WebhookBody(read), content, null)
                : (null, null, new Rejection(verdict.ToReason(), scheme.Refuse(endpoint, verdict), read.Length));
        }

        if (endpoint.Large is null)
        {
            return (null, null, new Rejection(Rejection.TooLarge, Problems.BodyTooLarge(endpoint.MaxBodyBytes), read.Length));
        }

        var (large, refusal) = await largeBodies.ReadAsync(context, endpoint, scheme, read);
        return (large, null, refusal);
    }

    private Rejection? InspectHeaders(HttpRequest request)
    {
        var length = request.ContentLength ?? 0;
        if (MissingSetting is { } setting)
        {
            return new Rejection(Rejection.NotConfigured, Problems.NotConfigured(setting), length);
        }

        var verdict = scheme.Inspect(endpoint, request);
        if (verdict != SignatureVerdict.Valid)
        {
            return new Rejection(verdict.ToReason(), scheme.Refuse(endpoint, verdict), length);
        }

        if (!IsExpected(request.ContentType))
        {
            return new Rejection(Rejection.ContentType, Problems.WrongContentType(scheme.ContentTypes), length);
        }

        return length > endpoint.MaxAnyBodyBytes
            ? new Rejection(Rejection.TooLarge, Problems.BodyTooLarge(endpoint.MaxAnyBodyBytes), length)
            : null;
    }

    // The media type alone counts, not its parameters: "application/json; charset=utf-8".
    private bool IsExpected(string? contentType)
    {
        if (string.IsNullOrEmpty(contentType))
        {
            return true;
        }

        var end = contentType.IndexOf(';', StringComparison.Ordinal);
        var type = contentType.AsSpan(0, end < 0 ? contentType.Length : end).Trim();
        foreach (var expected in scheme.ContentTypes)
        {
            if (type.Equals(expected, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private async Task RefuseAsync(HttpContext context, Rejection rejection)
    {
        var lingers = UnreadBody.MayBeLong(context);
        if (lingers)
        {
            context.Response.Headers.Connection = "close";
        }

        await rejections.RecordAsync(context, endpoint, rejection);
        await rejection.Answer.ExecuteAsync(context);
        if (lingers)
        {
            await UnreadBody.DiscardAsync(context);
        }
    }
}
