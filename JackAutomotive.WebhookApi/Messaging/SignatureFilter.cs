using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Messaging;

/// <summary>
/// Lets only what the provider signed through to the endpoint. It runs after binding, so it sees the very bytes that the endpoint
/// will store.
/// </summary>
internal abstract class SignatureFilter(RejectionLog rejections) : IEndpointFilter
{
    /// <summary>The setting without which no signature can be checked, if it is missing.</summary>
    protected abstract string? MissingSetting { get; }

    /// <inheritdoc/>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext;
        var body = context.Arguments.OfType<WebhookBody>().Single();
        if (body.IsTooLarge)
        {
            return Problems.BodyTooLarge(WebhookEndpoint.Of(request).MaxBodyBytes);
        }

        if (MissingSetting is { } setting)
        {
            return Problems.NotConfigured(setting);
        }

        var verdict = Verify(request.Request, body);
        if (verdict == SignatureVerdict.Valid)
        {
            return await next(context);
        }

        await rejections.RecordAsync(request, verdict, body);
        return Refuse(verdict);
    }

    protected abstract SignatureVerdict Verify(HttpRequest request, WebhookBody body);

    protected abstract ProblemHttpResult Refuse(SignatureVerdict verdict);
}
