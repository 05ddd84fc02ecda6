using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake.LargeBodies;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>The identity and the limits of one webhook.</summary>
/// <param name="Source">The provider. A dedup key is unique within its source.</param>
/// <param name="Topic">One of <see cref="Topics"/>: names the handler of the deliveries.</param>
/// <param name="SecretSetting">The name of the setting with the secrets that sign the webhook's requests.</param>
/// <param name="MaxBodyBytes">A longer body is answered 413, unless <paramref name="Large"/> allows it.</param>
/// <param name="Large">The limits of longer bodies, which go to the object store instead of memory; null if none are accepted.</param>
internal sealed record WebhookEndpoint(string Source, string Topic, string SecretSetting, long MaxBodyBytes, LargeBodyLimits? Large = null)
{
    /// <summary>The length of the longest body that the webhook accepts, in bytes.</summary>
    public long MaxAnyBodyBytes => Large?.MaxRawBytes ?? MaxBodyBytes;
}
