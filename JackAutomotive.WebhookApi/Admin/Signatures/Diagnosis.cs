using JackAutomotive.WebhookApi.Messaging;

namespace JackAutomotive.WebhookApi.Features.Signatures;

/// <summary>What the doctor found. Nothing in it is a secret or a signature, computed or given.</summary>
/// <param name="Valid">The request holds as it is.</param>
/// <param name="Verdict">What the webhook itself would say: valid, missing, malformed, stale, mismatch or unknown-account.</param>
/// <param name="Findings">Which rules failed, or what would have to be otherwise for the signature to fit.</param>
internal sealed record Diagnosis(bool Valid, string Verdict, IReadOnlyList<Finding> Findings)
{
    public static Diagnosis Of(SignatureVerdict verdict, IReadOnlyList<Finding> findings) =>
        new(verdict == SignatureVerdict.Valid, verdict.ToReason(), findings);
}

/// <summary>One thing that is not as it must be.</summary>
/// <param name="Rule">Its name, which never changes.</param>
/// <param name="Seen">What was seen.</param>
/// <param name="WayOut">What to do about it.</param>
internal sealed record Finding(string Rule, string Seen, string WayOut);
