using System.Threading.RateLimiting;
using JackAutomotive.WebhookApi.Messaging.LargeBodies;

namespace JackAutomotive.WebhookApi.Messaging;

/// <summary>
/// Stands before one webhook's handler and lets only what its provider signed through, with the very bytes that were signed. The
/// cheap questions come first: what a header rules out is answered without reading the body.
/// </summary>
internal sealed class WebhookGate(
    WebhookEndpoint endpoint,
    SignatureScheme scheme,
    RequestDelegate next,
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
            if (await AdmitAsync(context) is { } rejection)
            {
                await RefuseAsync(context, rejection);
            }
            else
            {
                await next(context);
            }
        }
        finally
        {
            limits.Leave();
        }
    }

    /// <summary>Reads and verifies the body and puts it where the handler finds it; or says why not.</summary>
    private async ValueTask<Rejection?> AdmitAsync(HttpContext context)
    {
        if (InspectHeaders(context.Request) is { } early)
        {
            return early;
        }

        var (body, failure) = await ReadAsync(context);
        if (body is null)
        {
            return failure;
        }

        // Only now: what nobody vouches for must not use up what the provider is due.
        using var lease = _rate.AttemptAcquire();
        if (!lease.IsAcquired)
        {
            lease.TryGetMetadata(MetadataName.RetryAfter, out var after);
            return new Rejection(Rejection.RateLimit, Problems.TooManyDeliveries(context.Response, after), body.Bytes.Length);
        }

        context.Features.Set(body);
        return null;
    }

    private async ValueTask<(WebhookBody? Body, Rejection? Failure)> ReadAsync(HttpContext context)
    {
        var (read, isWhole, failure) = await WebhookBody.ReadAsync(context, endpoint.MaxBodyBytes, limits);
        if (failure is not null)
        {
            return (null, failure);
        }

        if (!isWhole)
        {
            return endpoint.Large is not null
                ? await largeBodies.ReadAsync(context, endpoint, scheme, read)
                : (null, new Rejection(Rejection.TooLarge, Problems.BodyTooLarge(endpoint.MaxBodyBytes), read.Length));
        }

        var verdict = scheme.Verify(endpoint, context.Request, read.Span);
        return verdict == SignatureVerdict.Valid
            ? (new WebhookBody(read), null)
            : (null, new Rejection(verdict.ToReason(), scheme.Refuse(endpoint, verdict), read.Length));
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
