using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>When the server writes a snapshot of its data: after an interval in which enough keys have changed.</summary>
internal sealed record RedisPersistenceAnnotation(TimeSpan Interval, long KeysChangedThreshold) : IResourceAnnotation;
