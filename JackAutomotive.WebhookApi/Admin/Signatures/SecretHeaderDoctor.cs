using System.Security.Cryptography;
using System.Text;
using JackAutomotive.WebhookApi.Messaging;

namespace JackAutomotive.WebhookApi.Features.Signatures;

/// <summary>Says why a request that is let in by a header with a secret, and not by a signature, does not hold.</summary>
internal static class SecretHeaderDoctor
{
    /// <summary>Examines a request.</summary>
    /// <param name="request">As it was captured.</param>
    /// <param name="header">The header's name.</param>
    /// <param name="secrets">What it may hold.</param>
    /// <param name="setting">Where they come from.</param>
    public static Diagnosis Examine(CapturedRequest request, string header, IReadOnlyList<string> secrets, string setting)
    {
        if (secrets.Count == 0)
        {
            return Diagnosis.Of(SignatureVerdict.Mismatch, [new("not-configured", $"{setting} is not set.", $"Set {setting}.")]);
        }

        var given = request.Header(header);
        var (verdict, finding) = given.Count switch
        {
            0 => (SignatureVerdict.Missing, new Finding(
                "header-missing", $"There is no header {header}.", $"Add it to this webhook at ElevenLabs, with the value of {setting}.")),
            > 1 => (SignatureVerdict.Malformed, new Finding(
                "header-repeated", $"The header {header} came {given.Count} times.", "Send it once.")),
            _ when IsOneOf(secrets, given[0]) => (SignatureVerdict.Valid, null),
            _ when IsOneOf(secrets, given[0].Trim(' ', '"', '\'')) => (SignatureVerdict.Mismatch, new Finding(
                "header-spaces", $"There are spaces or quotation marks around the value of {header}.", "Take them away.")),
            _ => (SignatureVerdict.Mismatch, new Finding(
                "other-secret",
                $"The header {header} holds none of the {secrets.Count} configured secrets.",
                $"Compare its value at ElevenLabs with {setting}.")),
        };
        return Diagnosis.Of(verdict, finding is null ? [] : [finding]);
    }

    private static bool IsOneOf(IReadOnlyList<string> secrets, string given)
    {
        var isOne = false;
        foreach (var secret in secrets)
        {
            isOne |= CryptographicOperations.FixedTimeEquals(HashOf(secret), HashOf(given));
        }

        return isOne;
    }

    private static byte[] HashOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
