namespace JackAutomotive.WebhookApi.Intake.LargeBodies;

/// <summary>The limits of an endpoint for bodies that are too long for memory.</summary>
/// <param name="MaxRawBytes">The maximum length of the whole body, in bytes.</param>
/// <param name="MaxEnvelopeBytes">The maximum length, in bytes, of the envelope, which is kept in memory and stored in the inbox.</param>
internal sealed record LargeBodyLimits(long MaxRawBytes, int MaxEnvelopeBytes)
{
    /// <summary>The maximum length of a string in the envelope, in bytes; a longer string is cut out.</summary>
    public const int MaxStringBytes = 256 * 1024;
}
