using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace JackAutomotive.ProviderSimulator.ElevenLabs;

/// <summary>
/// The value of <c>ElevenLabs-Signature</c>: <c>t=1789000000,v0=5c1f…</c>, where <c>v0</c> is HMAC-SHA256 in lower-case
/// hexadecimal over the time, a dot and the raw body, keyed with the whole secret, prefix included.
/// See https://elevenlabs.io/docs/product-guides/administration/webhooks.
/// </summary>
internal static class ElevenLabsSignature
{
    /// <summary>Signs <paramref name="body"/> as of <paramref name="time"/>, in whole seconds.</summary>
    public static string Compute(string secret, DateTimeOffset time, byte[] body) => Compute(secret, time, [body]);

    /// <summary>Signs a body in chunks as of <paramref name="time"/>, in whole seconds.</summary>
    public static string Compute(string secret, DateTimeOffset time, IEnumerable<ReadOnlyMemory<byte>> body)
    {
        var seconds = time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        mac.AppendData(Encoding.UTF8.GetBytes(seconds));
        mac.AppendData("."u8);
        foreach (var chunk in body)
        {
            mac.AppendData(chunk.Span);
        }

        return $"t={seconds},v0={Convert.ToHexStringLower(mac.GetHashAndReset())}";
    }
}
