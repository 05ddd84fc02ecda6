namespace JackAutomotive.WebhookApi.Intake;

/// <summary>A webhook request whose signature is valid.</summary>
/// <param name="Context">The request and its response.</param>
/// <param name="Endpoint">The webhook that received the request.</param>
/// <param name="Body">The bytes that the provider signed.</param>
/// <param name="Content">The content that the signature scheme parsed from the body during verification, or null.</param>
internal sealed record VerifiedWebhook(HttpContext Context, WebhookEndpoint Endpoint, WebhookBody Body, object? Content)
{
    /// <summary>
    /// Replaces the provider's id in the keys of a delivery whose body contains no such id. Two requests with the same body are one delivery.
    /// </summary>
    public string BodyIdentity => $"sha256:{Convert.ToHexStringLower(Body.ComputeHash())}";
}
