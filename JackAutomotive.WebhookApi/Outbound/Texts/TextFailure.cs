namespace JackAutomotive.WebhookApi.Outbound.Texts;

/// <summary>What follows from the failure of a text.</summary>
internal enum TextFailureClass
{
    /// <summary>The same text may succeed later: wait for <see cref="TextFailure.RetryAfter"/>, up to <see cref="TextFailure.MaxRetries"/> times.</summary>
    RetryLater,

    /// <summary>This text fails again; the number may still get other texts.</summary>
    Never,

    /// <summary>The number gets no texts at all.</summary>
    BadNumber,

    /// <summary>The number gets no texts, but can be called.</summary>
    CallInstead,

    /// <summary>The person has opted out at Twilio.</summary>
    OptedOut,

    /// <summary>Nothing goes out until a person has acted: an account, a sender or a registration is blocked.</summary>
    Alert,
}

/// <summary>Why a text failed.</summary>
/// <param name="Code">Twilio's error code; null if there is none.</param>
/// <param name="Class">What follows.</param>
/// <param name="Reason">The reason in words for a person.</param>
/// <param name="RetryAfter">The delay before the first retry; null unless the class is <see cref="TextFailureClass.RetryLater"/>.</param>
/// <param name="MaxRetries">The number of retries.</param>
internal sealed record TextFailure(string? Code, TextFailureClass Class, string Reason, TimeSpan? RetryAfter = null, int MaxRetries = 0);
