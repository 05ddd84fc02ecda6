using System.Globalization;
using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Messaging;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi;

/// <summary>Every problem (RFC 9457) that this API answers with, besides those of the framework for unknown routes and the like.</summary>
internal static class Problems
{
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(5);

    /// <summary>The handler of what no endpoint expected: 503 while Postgres is away, the request's own fault, or 500.</summary>
    public static ExceptionHandlerOptions ExceptionHandling { get; } = new()
    {
        StatusCodeSelector = exception => exception switch
        {
            BadHttpRequestException bad => bad.StatusCode,
            _ when DatabaseErrors.IsOutage(exception) => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status500InternalServerError,
        },
    };

    public static ProblemHttpResult BodyTooLarge(long limit) => Problem(
        StatusCodes.Status413PayloadTooLarge,
        "body-too-large",
        "Body too large",
        string.Create(CultureInfo.InvariantCulture, $"This endpoint takes bodies of up to {limit} bytes."));

    public static ProblemHttpResult BodyTooSlow() => Problem(
        StatusCodes.Status408RequestTimeout,
        "body-too-slow",
        "Body too slow",
        "The body came too slowly and was not waited for. Nothing has been stored; send it again.");

    public static ProblemHttpResult BodyIncomplete() => Problem(
        StatusCodes.Status400BadRequest,
        "body-incomplete",
        "Body incomplete",
        "The body ended before its announced length, or its chunks are framed wrongly. Nothing has been stored; send it again.");

    public static ProblemHttpResult WrongContentType(IReadOnlyList<string> expected) => Problem(
        StatusCodes.Status415UnsupportedMediaType,
        "wrong-content-type",
        "Wrong content type",
        $"The header Content-Type must name {string.Join(" or ", expected)}.");

    /// <summary>A provider sends more than it may. It is asked to come again when there is room.</summary>
    public static ProblemHttpResult TooManyDeliveries(HttpResponse response, TimeSpan after)
    {
        RetryAfter(response, after);
        return Problem(
            StatusCodes.Status429TooManyRequests,
            "too-many-deliveries",
            "Too many deliveries",
            "More deliveries arrive here per second than this endpoint takes. Nothing has been done with this one; send it again later.");
    }

    /// <summary>As many requests as may be under way are. The sender is asked to come again.</summary>
    public static ProblemHttpResult TooBusy(HttpResponse response)
    {
        RetryAfter(response, s_retryAfter);
        return Problem(
            StatusCodes.Status503ServiceUnavailable,
            "too-busy",
            "Too busy",
            "Too many requests are under way. Nothing has been done with this one; send it again.");
    }

    /// <summary>A provider's signature did not hold. <paramref name="detail"/> says which rule failed and what to do.</summary>
    public static ProblemHttpResult SignatureRefused(int status, SignatureVerdict verdict, string detail) => Problem(
        status,
        $"signature-{verdict.ToReason()}",
        "Signature refused",
        detail,
        ("reason", verdict.ToReason()));

    public static ProblemHttpResult NotConfigured(string setting) => Problem(
        StatusCodes.Status503ServiceUnavailable,
        "not-configured",
        "Endpoint not configured",
        $"The setting {setting} is missing, so no signature can be checked. Set it and start the service again.",
        ("setting", setting));

    public static ProblemHttpResult StreamTokensNotConfigured() => Problem(
        StatusCodes.Status503ServiceUnavailable,
        "not-configured",
        "Stream tokens not configured",
        $"The setting {StreamTokenOptions.Setting} is missing, so no token can be signed. Set it, here and at realtime, and start both again.",
        ("setting", StreamTokenOptions.Setting));

    /// <summary>The delivery could not be stored: the sender is asked to come again.</summary>
    public static ProblemHttpResult StorageUnavailable(HttpResponse response)
    {
        RetryAfter(response, s_retryAfter);
        return Problem(
            StatusCodes.Status503ServiceUnavailable,
            "storage-unavailable",
            "Storage unavailable",
            "The delivery could not be stored and nothing has been done with it. Send it again.");
    }

    public static ProblemHttpResult NoSuchLead() =>
        Problem(StatusCodes.Status404NotFound, "no-such-lead", "No such lead", "There is no lead with this id.");

    public static ProblemHttpResult NoSuchDelivery() =>
        Problem(StatusCodes.Status404NotFound, "no-such-delivery", "No such delivery", "There is no delivery with this id.");

    public static ProblemHttpResult DeliveryIsPending() => Problem(
        StatusCodes.Status409Conflict,
        "delivery-pending",
        "Delivery is pending",
        "It is waiting to be handled, or being handled; only done and parked deliveries can be replayed.");

    /// <summary>A sound signature, but the account is none of those configured.</summary>
    public static ProblemHttpResult UnknownAccount(string setting) => Problem(
        StatusCodes.Status403Forbidden,
        "unknown-account",
        "Account not known",
        $"The signature is good, but the AccountSid is none of those in {setting}. Add it there, or take the webhook out at that account.",
        ("reason", SignatureVerdict.UnknownAccount.ToReason()),
        ("setting", setting));

    public static ProblemHttpResult NoSuchAudio() =>
        Problem(StatusCodes.Status404NotFound, "no-such-audio", "No such audio", "No audio has arrived for a conversation with this id.");

    // In whole seconds, and never at once.
    private static void RetryAfter(HttpResponse response, TimeSpan after) =>
        response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(after.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    private static ProblemHttpResult Problem(
        int status,
        string type,
        string title,
        string detail,
        params (string Name, object? Value)[] more) =>
        TypedResults.Problem(
            detail,
            statusCode: status,
            title: title,
            type: $"urn:jack-automotive:problem:{type}",
            extensions: more.ToDictionary(extension => extension.Name, extension => extension.Value));
}
