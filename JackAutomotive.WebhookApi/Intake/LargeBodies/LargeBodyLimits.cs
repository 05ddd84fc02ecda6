namespace JackAutomotive.WebhookApi.Intake.LargeBodies;

/// <summary>What an endpoint takes beyond the bodies that are read into memory.</summary>
/// <param name="MaxRawBytes">All of the body.</param>
/// <param name="MaxEnvelopeBytes">What of it remains, and is kept in memory and in the inbox, when its longest strings are cut out.</param>
internal sealed record LargeBodyLimits(long MaxRawBytes, int MaxEnvelopeBytes)
{
    /// <summary>A longer string is cut out, in bytes.</summary>
    public const int MaxStringBytes = 256 * 1024;
}
