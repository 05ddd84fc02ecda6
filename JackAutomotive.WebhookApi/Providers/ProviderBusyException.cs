using System.Globalization;

namespace JackAutomotive.WebhookApi.Providers;

/// <summary>A provider answered 429: it has done nothing, and wants to be asked later.</summary>
internal sealed class ProviderBusyException(TimeSpan? retryAfter) : Exception("The provider answered 429.")
{
    /// <summary>The time that the provider asked for; null if it named none.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>Reads the header Retry-After, in seconds or as a date.</summary>
    public static TimeSpan? ReadRetryAfter(HttpResponseMessage response, DateTimeOffset now)
    {
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? header?.Date - now;
        if (wait is null && response.Headers.TryGetValues("Retry-After", out var values)
            && double.TryParse(values.FirstOrDefault(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && seconds < 1e6)
        {
            wait = TimeSpan.FromSeconds(seconds);
        }

        return wait is { } time && time > TimeSpan.Zero ? time : null;
    }
}
