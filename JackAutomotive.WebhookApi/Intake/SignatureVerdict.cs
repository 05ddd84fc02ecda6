namespace JackAutomotive.WebhookApi.Intake;

/// <summary>The result of verifying a provider's signature.</summary>
internal enum SignatureVerdict
{
    /// <summary>The provider signed these bytes.</summary>
    Valid,

    /// <summary>There is no signature header.</summary>
    Missing,

    /// <summary>The header violates the provider's format or occurs more than once.</summary>
    Malformed,

    /// <summary>The signature matches, but its time is too far in the past or in the future.</summary>
    Stale,

    /// <summary>The signature was made with another secret, or over other bytes or another URL.</summary>
    Mismatch,

    /// <summary>The signature matches, but the account is not one of ours.</summary>
    UnknownAccount,
}

internal static class SignatureVerdicts
{
    /// <summary>Returns the verdict as text for metrics, audit rows and problem details.</summary>
    public static string ToReason(this SignatureVerdict verdict) => verdict switch
    {
        SignatureVerdict.Valid => "valid",
        SignatureVerdict.Missing => "missing",
        SignatureVerdict.Malformed => "malformed",
        SignatureVerdict.Stale => "stale",
        SignatureVerdict.UnknownAccount => "unknown-account",
        _ => "mismatch",
    };
}
