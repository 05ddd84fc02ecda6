using System.Security.Cryptography;
using System.Text;
using JackAutomotive.WebhookApi.Intake;

namespace JackAutomotive.WebhookApi.Admin.Signatures;

/// <summary>Explains why a request fails the check of a secret header, which a webhook may use instead of a signature.</summary>
internal static class SecretHeaderDoctor
{
    /// <summary>Examines a captured request.</summary>
    /// <param name="request">The captured request.</param>
    /// <param name="headerName">The name of the secret header.</param>
    /// <param name="secrets">The valid values of the header.</param>
    /// <param name="setting">The setting that holds the secrets.</param>
    public static Diagnosis Examine(CapturedRequest request, string headerName, IReadOnlyList<string> secrets, string setting)
    {
        if (secrets.Count == 0)
        {
            return Diagnosis.Of(SignatureVerdict.Mismatch, [new("not-configured", $"{setting} is not set.", $"Set {setting}.")]);
        }

        var values = request.GetHeaderValues(headerName);
        var (verdict, finding) = values.Count switch
        {
            0 => (SignatureVerdict.Missing, new Finding(
                "header-missing",
                $"There is no header {headerName}.",
                $"Add the header to this webhook at ElevenLabs, with the value of {setting}.")),
            > 1 => (SignatureVerdict.Malformed, new Finding(
                "header-repeated", $"The header {headerName} occurs {values.Count} times.", "Send the header once.")),
            _ when ContainsInFixedTime(secrets, values[0]) => (SignatureVerdict.Valid, null),
            _ when ContainsInFixedTime(secrets, values[0].Trim(' ', '"', '\'')) => (SignatureVerdict.Mismatch, new Finding(
                "header-spaces", $"There are spaces or quotation marks around the value of {headerName}.", "Remove them.")),
            _ => (SignatureVerdict.Mismatch, new Finding(
                "other-secret",
                $"The header {headerName} holds none of the {secrets.Count} configured secrets.",
                $"Compare the header's value at ElevenLabs with {setting}.")),
        };
        return Diagnosis.Of(verdict, finding is null ? [] : [finding]);
    }

    private static bool ContainsInFixedTime(IReadOnlyList<string> secrets, string value)
    {
        var isFound = false;
        foreach (var secret in secrets)
        {
            isFound |= CryptographicOperations.FixedTimeEquals(HashOf(secret), HashOf(value));
        }

        return isFound;
    }

    private static byte[] HashOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
