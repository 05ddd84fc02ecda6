using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using JackAutomotive.WebhookApi.Intake;
using Microsoft.Extensions.Primitives;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>
/// Checks the header that ElevenLabs signs its webhooks with:
/// <code>ElevenLabs-Signature: t=1739537297,v0=0f1e…(64 lower-case hex digits)</code>
/// where v0 is HMAC-SHA256 over <c>{t}.{body}</c> with the whole secret, prefix included, as the key.
/// Parts may come in any order, unknown ones are passed over, and one fitting v0 is enough. As in the provider's own SDKs, a space
/// after the comma and upper-case digits do not fit.
/// </summary>
internal static class ElevenLabsSignature
{
    public const string HeaderName = "ElevenLabs-Signature";

    /// <summary>Largest difference between the provider's clock and ours, to either side; exactly this much still passes.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(30);

    private const int MaxTimestampDigits = 12;
    private const int HexLength = HMACSHA256.HashSizeInBytes * 2;
    private static readonly SearchValues<char> s_lowerHex = SearchValues.Create("0123456789abcdef");

    /// <summary>Checks the header's form alone.</summary>
    /// <returns>Missing, malformed, or valid if it is worth comparing with a body.</returns>
    public static SignatureVerdict Inspect(StringValues header) =>
        StringValues.IsNullOrEmpty(header) ? SignatureVerdict.Missing
        : header.Count > 1 || !TryParse(header[0]!, out _, out _) ? SignatureVerdict.Malformed
        : SignatureVerdict.Valid;

    /// <summary>Checks a header against the exact bytes of the body.</summary>
    /// <param name="header">All values of the header.</param>
    /// <param name="body">The body as it was received.</param>
    /// <param name="secrets">Any of these may have signed it.</param>
    /// <param name="now">Our clock.</param>
    public static SignatureVerdict Verify(StringValues header, ReadOnlySpan<byte> body, IReadOnlyList<string> secrets, DateTimeOffset now)
    {
        using var check = Begin(header, secrets, now);
        check.Append(body);
        return check.Finish();
    }

    /// <summary>Begins to check a header against a body that comes in pieces.</summary>
    /// <param name="header">All values of the header.</param>
    /// <param name="secrets">Any of these may have signed it.</param>
    /// <param name="now">Our clock.</param>
    public static StreamedSignature Begin(StringValues header, IReadOnlyList<string> secrets, DateTimeOffset now) =>
        StringValues.IsNullOrEmpty(header) ? new Check(SignatureVerdict.Missing)
        : header.Count > 1 || !TryParse(header[0]!, out var timestamp, out var signatures) ? new Check(SignatureVerdict.Malformed)
        : new Check(timestamp, signatures, secrets, now);

    private static bool TryParse(string header, out string timestamp, out List<byte[]> signatures)
    {
        timestamp = "";
        signatures = [];
        foreach (var part in header.Split(','))
        {
            if (part.StartsWith("t=", StringComparison.Ordinal))
            {
                if (timestamp.Length > 0)
                {
                    return false;
                }

                timestamp = part[2..];
                if (timestamp.Length is 0 or > MaxTimestampDigits || !timestamp.All(char.IsAsciiDigit))
                {
                    return false;
                }
            }
            else if (part.StartsWith("v0=", StringComparison.Ordinal) && IsLowerHex(part.AsSpan(3)))
            {
                signatures.Add(Convert.FromHexString(part.AsSpan(3)));
            }
        }

        return timestamp.Length > 0 && signatures.Count > 0;
    }

    private static bool IsLowerHex(ReadOnlySpan<char> text) =>
        text.Length == HexLength && !text.ContainsAnyExcept(s_lowerHex);

    /// <summary>One header, on its way to a verdict.</summary>
    private sealed class Check : StreamedSignature
    {
        private readonly SignatureVerdict _form;
        private readonly List<byte[]> _signatures;
        private readonly IncrementalHash[] _expected;
        private readonly bool _isTimely;

        /// <summary>A header that no body can fit.</summary>
        public Check(SignatureVerdict form) => (_form, _signatures, _expected) = (form, [], []);

        public Check(string timestamp, List<byte[]> signatures, IReadOnlyList<string> secrets, DateTimeOffset now)
        {
            var signedPrefix = Encoding.ASCII.GetBytes($"{timestamp}.");
            var age = now.ToUnixTimeMilliseconds() - (long.Parse(timestamp, CultureInfo.InvariantCulture) * 1000);
            (_form, _signatures, _isTimely) = (SignatureVerdict.Valid, signatures, Math.Abs(age) <= Tolerance.TotalMilliseconds);
            _expected = new IncrementalHash[secrets.Count];
            for (var i = 0; i < _expected.Length; i++)
            {
                _expected[i] = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secrets[i]));
                _expected[i].AppendData(signedPrefix);
            }
        }

        /// <inheritdoc/>
        public override void Append(ReadOnlySpan<byte> piece)
        {
            foreach (var hash in _expected)
            {
                hash.AppendData(piece);
            }
        }

        /// <inheritdoc/>
        public override SignatureVerdict Finish() =>
            _form != SignatureVerdict.Valid ? _form
            : !IsSigned() ? SignatureVerdict.Mismatch
            : _isTimely ? SignatureVerdict.Valid
            : SignatureVerdict.Stale;

        /// <inheritdoc/>
        public override void Dispose()
        {
            foreach (var hash in _expected)
            {
                hash.Dispose();
            }
        }

        // Every pair is compared, whatever came before it: the time taken says nothing about which one fitted.
        private bool IsSigned()
        {
            var isSigned = false;
            Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
            foreach (var hash in _expected)
            {
                hash.GetHashAndReset(expected);
                foreach (var signature in _signatures)
                {
                    isSigned |= CryptographicOperations.FixedTimeEquals(expected, signature);
                }
            }

            return isSigned;
        }
    }
}
