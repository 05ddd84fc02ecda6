using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>Why a delivery is not taken in.</summary>
/// <param name="Reason">As it stands in metrics, audit rows and logs: a signature's verdict or one of the constants.</param>
/// <param name="Answer">What the sender is told.</param>
/// <param name="BodyBytes">How much of the body was read, or how long it was said to be.</param>
internal sealed record Rejection(string Reason, ProblemHttpResult Answer, long BodyBytes = 0)
{
    /// <summary>The endpoint's secret is not set.</summary>
    public const string NotConfigured = "not configured";

    /// <summary>The body is of a type that the provider does not send.</summary>
    public const string ContentType = "content type";

    /// <summary>The body is longer than the endpoint takes.</summary>
    public const string TooLarge = "too large";

    /// <summary>The body came so slowly that it was not waited for.</summary>
    public const string TooSlow = "too slow";

    /// <summary>The sender broke off, or framed the body wrongly.</summary>
    public const string Incomplete = "incomplete";

    /// <summary>A large body could not be written to disk.</summary>
    public const string StorageUnavailable = "storage unavailable";

    /// <summary>Properly signed, but more per second than this endpoint takes.</summary>
    public const string RateLimit = "rate limit";

    /// <summary>As many requests as may be under way are.</summary>
    public const string Busy = "busy";
}
