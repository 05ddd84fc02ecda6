using System.Threading.RateLimiting;
using JackAutomotive.WebhookApi.Intake.LargeBodies;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>
/// Passes a request to the webhook's receiver only if the provider signed it, and with exactly the signed bytes. The cheap checks come first:
/// a request with wrong headers is rejected before its body is read.
/// </summary>
internal sealed class WebhookGate(
    WebhookEndpoint endpoint,
    SignatureScheme scheme,
    IWebhookReceiver receiver,
    WebhookLimits limits,
    LargeBodyReader largeBodies,
    RejectionLog rejections)
{
    private readonly RateLimiter _rateLimiter = limits.GetRateLimiter(endpoint);

    public WebhookEndpoint Endpoint => endpoint;

    /// <summary>The name of the setting for the webhook's secret if the setting is missing, otherwise null.</summary>
    public string? MissingSetting => scheme.FindMissingSetting(endpoint);

    /// <summary>
    /// Returns whether a GET carries a delivery. A number that is configured with GET at Twilio sends its texts so; another GET asks for the
    /// webhook's health.
    /// </summary>
    public bool IsDelivery(HttpRequest get) => HttpMethods.IsGet(get.Method) && scheme.IsDelivery(get);

    /// <summary>
    /// Verifies a request, and passes it to the receiver or rejects it. Only a request with plausible headers gets a slot, and a rejected request
    /// leaves its slot before the answer, so that strangers cannot use up the slots of the providers.
    /// </summary>
    public async Task InvokeAsync(HttpContext context)
    {
        var (answer, rejection) = InspectHeaders(context.Request) is { } headerRejection
            ? (null, headerRejection)
            : await ProcessInSlotAsync(context);
        if (rejection is not null)
        {
            await RejectAsync(context, rejection);
        }
        else
        {
            await answer!.ExecuteAsync(context);
        }
    }

    private async Task<(IResult? Answer, Rejection? Rejection)> ProcessInSlotAsync(HttpContext context)
    {
        if (!limits.TryEnter())
        {
            return (null, new Rejection(Rejection.Busy, Problems.TooBusy(context.Response)));
        }

        try
        {
            var (webhook, rejection) = await AdmitAsync(context);
            return webhook is null ? (null, rejection) : (await receiver.ReceiveAsync(webhook), null);
        }
        finally
        {
            limits.Leave();
        }
    }

    /// <summary>Reads and verifies the body. Returns either the verified request or the reason for its rejection.</summary>
    private async ValueTask<(VerifiedWebhook? Webhook, Rejection? Rejection)> AdmitAsync(HttpContext context)
    {
        var (body, content, bodyRejection) = await ReadAsync(context);
        if (body is null)
        {
            return (null, bodyRejection);
        }

        // The rate limit counts verified requests only, so that forged requests cannot use up the provider's quota.
        using var lease = _rateLimiter.AttemptAcquire();
        if (!lease.IsAcquired)
        {
            lease.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter);
            return (null, new Rejection(Rejection.RateLimit, Problems.TooManyDeliveries(context.Response, retryAfter), body.Bytes.Length));
        }

        return (new VerifiedWebhook(context, endpoint, body, content), null);
    }

    private async ValueTask<(WebhookBody? Body, object? Content, Rejection? Rejection)> ReadAsync(HttpContext context)
    {
        var (read, isWhole, rejection) = await WebhookBody.ReadAsync(context, endpoint.MaxBodyBytes, limits);
        if (rejection is not null)
        {
            return (null, null, rejection);
        }

        if (isWhole)
        {
            var verdict = scheme.Verify(endpoint, context.Request, read.Span, out var content);
            return verdict == SignatureVerdict.Valid
                ? (HttpMethods.IsGet(context.Request.Method) ? WebhookBody.FromQuery(context.Request) : new WebhookBody(read), content, null)
                : (null, null, new Rejection(verdict.ToReason(), scheme.BuildRejectionAnswer(endpoint, verdict), read.Length));
        }

        if (endpoint.Large is null)
        {
            return (null, null, new Rejection(Rejection.TooLarge, Problems.BodyTooLarge(endpoint.MaxBodyBytes), read.Length));
        }

        var (largeBody, largeBodyRejection) = await largeBodies.ReadAsync(context, endpoint, scheme, read);
        return (largeBody, null, largeBodyRejection);
    }

    private Rejection? InspectHeaders(HttpRequest request)
    {
        var length = request.ContentLength ?? 0;
        if (MissingSetting is { } setting)
        {
            return new Rejection(Rejection.NotConfigured, Problems.NotConfigured(setting), length);
        }

        if (HttpMethods.IsGet(request.Method) && !scheme.AcceptsGet)
        {
            return new Rejection(Rejection.Method, Problems.WrongMethod(request.HttpContext.Response));
        }

        var verdict = scheme.Inspect(endpoint, request);
        if (verdict != SignatureVerdict.Valid)
        {
            return new Rejection(verdict.ToReason(), scheme.BuildRejectionAnswer(endpoint, verdict), length);
        }

        if (!IsExpectedContentType(request.ContentType))
        {
            return new Rejection(Rejection.ContentType, Problems.WrongContentType(scheme.ContentTypes), length);
        }

        return length > endpoint.MaxAnyBodyBytes
            ? new Rejection(Rejection.TooLarge, Problems.BodyTooLarge(endpoint.MaxAnyBodyBytes), length)
            : null;
    }

    // Compares the media type without its parameters, as in "application/json; charset=utf-8".
    private bool IsExpectedContentType(string? contentType)
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

    private async Task RejectAsync(HttpContext context, Rejection rejection)
    {
        var mustDiscardBody = UnreadBody.MayBeLong(context);
        if (mustDiscardBody)
        {
            context.Response.Headers.Connection = "close";
        }

        await rejections.RecordAsync(context, endpoint, rejection);
        await rejection.Answer.ExecuteAsync(context);
        if (mustDiscardBody && limits.TryEnterDiscard())
        {
            try
            {
                await UnreadBody.DiscardAsync(context);
            }
            finally
            {
                limits.LeaveDiscard();
            }
        }
    }
}
