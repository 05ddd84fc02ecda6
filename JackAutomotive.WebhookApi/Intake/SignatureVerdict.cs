namespace JackAutomotive.WebhookApi.Intake;

/// <summary>What the check of a provider's signature came to.</summary>
internal enum SignatureVerdict
{
    /// <summary>The provider signed these bytes.</summary>
    Valid,

    /// <summary>There is no signature header.</summary>
    Missing,

    /// <summary>The header is not what the provider's scheme prescribes, or came more than once.</summary>
    Malformed,

    /// <summary>Properly signed, but too long ago or too far ahead.</summary>
    Stale,

    /// <summary>Signed with another secret, or over other bytes or another address.</summary>
    Mismatch,

    /// <summary>Properly signed, but for an account that is not ours.</summary>
    UnknownAccount,
}

internal static class SignatureVerdicts
{
    /// <summary>The verdict as it stands in metrics, audit rows and problem details.</summary>
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
