namespace JackAutomotive.WebhookApi.Outbound.Texts;

/// <summary>Classifies the failures of texts by Twilio's error codes.</summary>
internal static class TextFailures
{
    /// <summary>Finds what follows from an error code of a callback or of the send itself.</summary>
    public static TextFailure Find(string? code) => throw new NotImplementedException();
}
