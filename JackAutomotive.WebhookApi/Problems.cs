using System.Globalization;
using JackAutomotive.Access;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Outbound.Gates;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi;

/// <summary>All problem responses (RFC 9457) of this API, except those of the framework, for example for unknown routes.</summary>
internal static class Problems
{
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(5);

    /// <summary>Maps an unhandled exception to a status: the status of a bad request, 503 during an outage of Postgres, or else 500.</summary>
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

    /// <summary>A signed delivery came with GET. The header Allow names the method to configure.</summary>
    public static ProblemHttpResult WrongMethod(HttpResponse response)
    {
        response.Headers.Allow = HttpMethods.Post;
        return Problem(
            StatusCodes.Status405MethodNotAllowed,
            "wrong-method",
            "Wrong method",
            "This webhook receives deliveries with POST only. Configure POST at the provider; a GET without a signature returns the health.");
    }

    public static ProblemHttpResult WrongContentType(IReadOnlyList<string> expected) => Problem(
        StatusCodes.Status415UnsupportedMediaType,
        "wrong-content-type",
        "Wrong content type",
        $"The header Content-Type must name {string.Join(" or ", expected)}.");

    /// <summary>The provider exceeds its rate limit. The header Retry-After says when the endpoint accepts deliveries again.</summary>
    public static ProblemHttpResult TooManyDeliveries(HttpResponse response, TimeSpan after)
    {
        RetryAfter(response, after);
        return Problem(
            StatusCodes.Status429TooManyRequests,
            "too-many-deliveries",
            "Too many deliveries",
            "More deliveries arrive here per second than this endpoint takes. Nothing has been done with this one; send it again later.");
    }

    /// <summary>The limit of concurrent requests is reached. The header Retry-After asks the sender to retry.</summary>
    public static ProblemHttpResult TooBusy(HttpResponse response)
    {
        RetryAfter(response, s_retryAfter);
        return Problem(
            StatusCodes.Status503ServiceUnavailable,
            "too-busy",
            "Too busy",
            "Too many requests are in progress. Nothing was done with this request; send it again.");
    }

    /// <summary>The provider's signature is not valid. <paramref name="detail"/> names the rule that failed and the remedy.</summary>
    public static ProblemHttpResult SignatureRejected(int status, SignatureVerdict verdict, string detail) => Problem(
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

    /// <summary>The delivery could not be stored. The header Retry-After asks the sender to retry.</summary>
    /// <param name="response">Receives the header.</param>
    /// <param name="acceptance">Why the delivery could not be stored.</param>
    public static ProblemHttpResult StorageUnavailable(HttpResponse response, Acceptance acceptance)
    {
        RetryAfter(response, s_retryAfter);
        return Problem(
            StatusCodes.Status503ServiceUnavailable,
            "storage-unavailable",
            "Storage unavailable",
            $"The delivery could not be stored, because {DescribeCause(acceptance)}. Nothing has been done with it. Send it again.",
            ("reason", acceptance.ToReason()));
    }

    /// <summary>Postgres is unavailable, so the kept delivery stays kept. The header Retry-After asks the caller to retry.</summary>
    public static ProblemHttpResult KeptDeliveryWaits(HttpResponse response)
    {
        RetryAfter(response, s_retryAfter);
        return Problem(
            StatusCodes.Status503ServiceUnavailable,
            "storage-unavailable",
            "Storage unavailable",
            "The delivery could not be moved, because the database or the disk is unavailable. It stays kept. Send the request again.");
    }

    public static ProblemHttpResult NoSuchKeptDelivery() => Problem(
        StatusCodes.Status404NotFound,
        "no-such-kept-delivery",
        "No such kept delivery",
        "The spool's folder has no kept file with this name, or another request is taking it in. GET /api/spool/kept lists the files.");

    public static ProblemHttpResult KeptDeliveryRefused(string reason) => Problem(
        StatusCodes.Status422UnprocessableEntity,
        "kept-delivery-refused",
        "Kept delivery refused again",
        $"Nothing of the file could be moved: {reason}. The file stays kept. Fix the cause, then send the request again.",
        ("reason", reason));

    public static ProblemHttpResult NoSuchLead() =>
        Problem(StatusCodes.Status404NotFound, "no-such-lead", "No such lead", "There is no lead with this id.");

    /// <summary>The lead was merged into another lead, which the problem names.</summary>
    public static ProblemHttpResult LeadIsMerged(LeadId mergedInto) => Problem(
        StatusCodes.Status410Gone,
        "lead-merged",
        "Lead was merged",
        $"This lead was merged into the lead {mergedInto}, which has everything of both.",
        ("mergedInto", mergedInto.Value));

    public static ProblemHttpResult NoSuchLeadToMerge() =>
        Problem(StatusCodes.Status404NotFound, "no-such-lead", "No such lead", "There is no lead with the id in the field from.");

    public static ProblemHttpResult MergeWithItself() => Problem(
        StatusCodes.Status409Conflict, "merge-with-itself", "The same lead", "A lead cannot be merged with itself. Name another lead in the field from.");

    /// <summary>The lead that is to go was merged into another lead, which the problem names.</summary>
    public static ProblemHttpResult IsMergedAlready(LeadId mergedInto) => Problem(
        StatusCodes.Status409Conflict,
        "merged-already",
        "Merged already",
        $"The lead in the field from was merged into the lead {mergedInto} before. Merge that lead instead.",
        ("mergedInto", mergedInto.Value));

    public static ProblemHttpResult NoMergeToUndo() =>
        Problem(StatusCodes.Status404NotFound, "no-merge", "No merge", "No lead is merged into this lead, so there is nothing to undo.");

    public static ProblemHttpResult MergeHasNews(string news) => Problem(
        StatusCodes.Status409Conflict,
        "merge-has-news",
        "Something new has happened",
        $"The merge cannot be undone, because {news}. Nobody can say to which of the two leads that belongs.",
        ("reason", news));

    public static ProblemHttpResult NoSuchContact() =>
        Problem(StatusCodes.Status404NotFound, "no-such-contact", "No such contact", "There is no unassigned contact with this id.");

    public static ProblemHttpResult ContactIsResolved(string person) => Problem(
        StatusCodes.Status409Conflict,
        "contact-resolved",
        "Contact is assigned",
        $"'{person}' has assigned this contact to another lead. Merge the two leads if they are one person.",
        ("resolvedBy", person));

    public static ProblemHttpResult NoSuchActionItem() =>
        Problem(StatusCodes.Status404NotFound, "no-such-action-item", "No such action item", "There is no action item with this id.");

    public static ProblemHttpResult NoSuchNote() =>
        Problem(StatusCodes.Status404NotFound, "no-such-note", "No such note", "The lead has no note with this id, or there is no such lead.");

    public static ProblemHttpResult NoSuchStaff() =>
        Problem(StatusCodes.Status404NotFound, "no-such-staff", "No such member of staff", "There is no member of staff with this id.");

    /// <summary>A member of staff cannot have the number of a lead or of another member.</summary>
    /// <param name="lead">The lead with the number; null if a member of staff has it.</param>
    public static ProblemHttpResult StaffNumberTaken(LeadId? lead) => Problem(
        StatusCodes.Status409Conflict,
        "staff-number-taken",
        "Number already taken",
        lead is null
            ? "Another member of staff has this number."
            : "A lead has this number, and a number of our staff is never a lead's. Erase the lead, or take the number from it.",
        ("leadId", lead?.Value));

    public static ProblemHttpResult TooManyLabels(int limit) => Problem(
        StatusCodes.Status409Conflict,
        "too-many-labels",
        "Too many labels",
        string.Create(CultureInfo.InvariantCulture, $"A lead may have {limit} labels. Take one from the lead first."));

    public static ProblemHttpResult DeliveryIsErased() => Problem(
        StatusCodes.Status409Conflict,
        "delivery-erased",
        "Delivery is erased",
        "The lead of this delivery was erased, and the body with it. Nothing is left that could be handled.");

    public static ProblemHttpResult NoSuchAlert() =>
        Problem(StatusCodes.Status404NotFound, "no-such-alert", "No such alert", "There is no alert with this id.");

    public static ProblemHttpResult NoSuchDelivery() =>
        Problem(StatusCodes.Status404NotFound, "no-such-delivery", "No such delivery", "There is no delivery with this id.");

    public static ProblemHttpResult DeliveryIsPending() => Problem(
        StatusCodes.Status409Conflict,
        "delivery-pending",
        "Delivery is pending",
        "It is waiting to be handled, or being handled; only done and parked deliveries can be replayed.");

    /// <summary>The signature is valid, but the account is not one of the configured accounts.</summary>
    public static ProblemHttpResult UnknownAccount(string setting) => Problem(
        StatusCodes.Status403Forbidden,
        "unknown-account",
        "Account not known",
        $"The signature is good, but the AccountSid is none of those in {setting}. Add it there, or take the webhook out at that account.",
        ("reason", SignatureVerdict.UnknownAccount.ToReason()),
        ("setting", setting));

    public static ProblemHttpResult NoSuchAudio() =>
        Problem(StatusCodes.Status404NotFound, "no-such-audio", "No such audio", "No audio has arrived for a conversation with this id.");

    /// <summary>Nothing can be sent, because a setting is missing.</summary>
    public static ProblemHttpResult SendingNotConfigured(string setting) => Problem(
        StatusCodes.Status503ServiceUnavailable,
        "not-configured",
        "Sending not configured",
        $"The setting {setting} is missing, so nothing can be sent. Set it and start the service again.",
        ("setting", setting));

    /// <summary>
    /// A gate is shut: 409 if it opens by itself, otherwise 422. The gate that counts is the first that never opens, or else the one that opens last.
    /// </summary>
    public static ProblemHttpResult GateShut(OutboundDecision decision)
    {
        var shut = decision.Gates.Where(gate => !gate.Allowed).ToList();
        var gate = shut.Find(candidate => candidate.OpensAt is null) ?? shut.MaxBy(candidate => candidate.OpensAt)!;
        var isTemporary = decision.OpensAt is not null || shut.TrueForAll(item => item.OpensAt is not null || item.Gate == GateNames.LiveCall);
        return Problem(
            isTemporary ? StatusCodes.Status409Conflict : StatusCodes.Status422UnprocessableEntity,
            "gate-shut",
            "Contact not allowed",
            gate.OpensAt is { } opensAt
                ? string.Create(CultureInfo.InvariantCulture, $"{gate.Reason} The gate {gate.Gate} opens at {opensAt.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}.")
                : gate.Reason,
            ("gate", gate.Gate),
            ("reason", gate.Reason),
            ("opensAt", decision.OpensAt),
            ("gates", decision.Gates));
    }

    public static ProblemHttpResult KeyUsedOtherwise() => Problem(
        StatusCodes.Status409Conflict,
        "idempotency-key-used",
        "Idempotency-Key used for another request",
        "An earlier request with this Idempotency-Key asked for something else. Repeat a request unchanged, or use another key.");

    public static ProblemHttpResult NoSuchOutbound() =>
        Problem(StatusCodes.Status404NotFound, "no-such-outbound", "No such text or call", "There is no outgoing text or call with this id.");

    public static ProblemHttpResult OutboundHasGone() => Problem(
        StatusCodes.Status409Conflict,
        "outbound-has-gone",
        "Too late",
        "The text or call has gone out, or is going out at this moment, so it cannot be withdrawn.");

    private static string DescribeCause(Acceptance acceptance) => acceptance switch
    {
        Acceptance.Overloaded => "too many deliveries wait for the database",
        Acceptance.SpoolFull => "the database is unavailable and the spool on the local disk is full",
        Acceptance.DiskFailed => "the local disk is full or fails",
        _ => "the database is unavailable",
    };

    // The header's value is in whole seconds, and at least 1, so that no sender retries immediately.
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
