using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>Why a delivery is rejected.</summary>
/// <param name="Reason">The reason in metrics, audit rows and logs: a signature verdict or one of the constants of this type.</param>
/// <param name="Answer">The answer to the sender.</param>
/// <param name="BodyBytes">The number of body bytes that were read, or the Content-Length if no byte was read.</param>
internal sealed record Rejection(string Reason, ProblemHttpResult Answer, long BodyBytes = 0)
{
    /// <summary>The delivery came with GET from a provider that sends deliveries with POST only.</summary>
    public const string Method = "method";

    /// <summary>The endpoint's secret is not set.</summary>
    public const string NotConfigured = "not configured";

    /// <summary>The body has a content type that the provider does not send.</summary>
    public const string ContentType = "content type";

    /// <summary>The body exceeds the endpoint's limit.</summary>
    public const string TooLarge = "too large";

    /// <summary>The body arrived below the minimum data rate.</summary>
    public const string TooSlow = "too slow";

    /// <summary>The sender disconnected or framed the body incorrectly.</summary>
    public const string Incomplete = "incomplete";

    /// <summary>A large body could not be written to disk.</summary>
    public const string StorageUnavailable = "storage unavailable";

    /// <summary>The signature is valid, but the endpoint's rate limit is exceeded.</summary>
    public const string RateLimit = "rate limit";

    /// <summary>The maximum number of requests, or the memory for their bodies, is in use.</summary>
    public const string Busy = "busy";
}
