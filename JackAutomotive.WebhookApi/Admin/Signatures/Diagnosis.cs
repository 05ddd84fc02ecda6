using JackAutomotive.WebhookApi.Intake;

namespace JackAutomotive.WebhookApi.Admin.Signatures;

/// <summary>The doctor's result. It contains no secret and no signature, neither computed nor received.</summary>
/// <param name="Valid">True if the request passes the webhook's own check unchanged.</param>
/// <param name="Verdict">The verdict of the webhook's own check: valid, missing, malformed, stale, mismatch or unknown-account.</param>
/// <param name="Findings">The rules that the request breaks, or the changes that would make the signature fit. A valid request has a finding if it is
/// valid only because the webhook tolerates a change.</param>
internal sealed record Diagnosis(bool Valid, string Verdict, IReadOnlyList<Finding> Findings)
{
    public static Diagnosis Of(SignatureVerdict verdict, IReadOnlyList<Finding> findings) =>
        new(verdict == SignatureVerdict.Valid, verdict.ToReason(), findings);
}

/// <summary>One rule that the request breaks, or one change that would make the signature fit.</summary>
/// <param name="Rule">The stable name of the finding, for programs.</param>
/// <param name="Seen">What the doctor saw in the request.</param>
/// <param name="WayOut">How to fix the problem.</param>
internal sealed record Finding(string Rule, string Seen, string WayOut);
