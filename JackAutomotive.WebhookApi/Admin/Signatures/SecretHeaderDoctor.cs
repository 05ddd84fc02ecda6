using System.Security.Cryptography;
using System.Text;
using JackAutomotive.WebhookApi.Intake;

namespace JackAutomotive.WebhookApi.Admin.Signatures;

/// <summary>Explains why a request to a webhook that checks a secret header, and not a signature, fails the check.</summary>
internal static class SecretHeaderDoctor
{
    /// <summary>Examines a captured request.</summary>
    /// <param name="request">The captured request.</param>
    /// <param name="header">The name of the secret header.</param>
    /// <param name="secrets">The valid values of the header.</param>
    /// <param name="setting">The setting that holds the secrets.</param>
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
                "header-missing", $"There is no header {header}.", $"Add the header to this webhook at ElevenLabs, with the value of {setting}.")),
            > 1 => (SignatureVerdict.Malformed, new Finding(
                "header-repeated", $"The header {header} occurs {given.Count} times.", "Send the header once.")),
            _ when ContainsInFixedTime(secrets, given[0]) => (SignatureVerdict.Valid, null),
            _ when ContainsInFixedTime(secrets, given[0].Trim(' ', '"', '\'')) => (SignatureVerdict.Mismatch, new Finding(
                "header-spaces", $"There are spaces or quotation marks around the value of {header}.", "Remove them.")),
            _ => (SignatureVerdict.Mismatch, new Finding(
                "other-secret",
                $"The header {header} holds none of the {secrets.Count} configured secrets.",
                $"Compare the header's value at ElevenLabs with {setting}.")),
        };
        return Diagnosis.Of(verdict, finding is null ? [] : [finding]);
    }

    private static bool ContainsInFixedTime(IReadOnlyList<string> secrets, string given)
    {
        var isFound = false;
        foreach (var secret in secrets)
        {
            isFound |= CryptographicOperations.FixedTimeEquals(HashOf(secret), HashOf(given));
        }

        return isFound;
    }

    private static byte[] HashOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
