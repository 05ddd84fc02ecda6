using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using JackAutomotive.WebhookApi.Intake;
using Microsoft.Extensions.Primitives;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>
/// Verifies the signature header of ElevenLabs webhooks:
/// <code>ElevenLabs-Signature: t=1739537297,v0=0f1e…(64 lower-case hex digits)</code>
/// where v0 is HMAC-SHA256 over <c>{t}.{body}</c>, keyed with the whole secret including its prefix.
/// The parts may come in any order, unknown parts are ignored, and one matching v0 is enough. As in the provider's own SDKs, a part that
/// begins with a space is ignored, and so is a v0 with upper-case hex digits.
/// </summary>
internal static class ElevenLabsSignature
{
    public const string HeaderName = "ElevenLabs-Signature";

    /// <summary>The largest accepted difference between the provider's clock and ours, in either direction, inclusive.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(30);

    private const int MaxTimestampDigits = 12;
    private const int HexLength = HMACSHA256.HashSizeInBytes * 2;
    private static readonly SearchValues<char> s_lowerHex = SearchValues.Create("0123456789abcdef");

    /// <summary>Checks only the format of the header.</summary>
    /// <returns>Missing, malformed, or valid if the format is correct.</returns>
    public static SignatureVerdict Inspect(StringValues header) =>
        StringValues.IsNullOrEmpty(header) ? SignatureVerdict.Missing
        : header.Count > 1 || !TryParse(header[0]!, out _, out _) ? SignatureVerdict.Malformed
        : SignatureVerdict.Valid;

    /// <summary>Verifies a header against the exact bytes of the body.</summary>
    /// <param name="header">All values of the header.</param>
    /// <param name="body">The body as it was received.</param>
    /// <param name="secrets">The valid secrets; a signature by any one of them is accepted.</param>
    /// <param name="now">The current time of our clock.</param>
    public static SignatureVerdict Verify(StringValues header, ReadOnlySpan<byte> body, IReadOnlyList<string> secrets, DateTimeOffset now)
    {
        using var check = BeginCheck(header, secrets, now);
        check.Append(body);
        return check.Finish();
    }

    /// <summary>Begins to verify a header against a body that arrives in pieces.</summary>
    /// <param name="header">All values of the header.</param>
    /// <param name="secrets">The valid secrets; a signature by any one of them is accepted.</param>
    /// <param name="now">The current time of our clock.</param>
    public static StreamedSignatureCheck BeginCheck(StringValues header, IReadOnlyList<string> secrets, DateTimeOffset now) =>
        StringValues.IsNullOrEmpty(header) ? new HeaderCheck(SignatureVerdict.Missing)
        : header.Count > 1 || !TryParse(header[0]!, out var timestamp, out var signatures) ? new HeaderCheck(SignatureVerdict.Malformed)
        : new HeaderCheck(timestamp, signatures, secrets, now);

    /// <summary>Returns true if a part <c>t=</c> of the header has the form of Unix seconds: 1 to 12 digits.</summary>
    public static bool IsTimestamp(string text) => text.Length is > 0 and <= MaxTimestampDigits && text.All(char.IsAsciiDigit);

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
                if (!IsTimestamp(timestamp))
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

    /// <summary>The check of one header.</summary>
    private sealed class HeaderCheck : StreamedSignatureCheck
    {
        private readonly SignatureVerdict _format;
        private readonly List<byte[]> _signatures;
        private readonly IncrementalHash[] _hashes;
        private readonly bool _isTimely;

        /// <summary>Creates the check of a missing or malformed header. This check always fails.</summary>
        public HeaderCheck(SignatureVerdict format) => (_format, _signatures, _hashes) = (format, [], []);

        public HeaderCheck(string timestamp, List<byte[]> signatures, IReadOnlyList<string> secrets, DateTimeOffset now)
        {
            var signedPrefix = Encoding.ASCII.GetBytes($"{timestamp}.");
            var clockDifference = now.ToUnixTimeMilliseconds() - (long.Parse(timestamp, CultureInfo.InvariantCulture) * 1000);
            (_format, _signatures) = (SignatureVerdict.Valid, signatures);
            _isTimely = Math.Abs(clockDifference) <= Tolerance.TotalMilliseconds;
            _hashes = new IncrementalHash[secrets.Count];
            for (var i = 0; i < _hashes.Length; i++)
            {
                _hashes[i] = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secrets[i]));
                _hashes[i].AppendData(signedPrefix);
            }
        }

        /// <inheritdoc/>
        public override void Append(ReadOnlySpan<byte> piece)
        {
            foreach (var hash in _hashes)
            {
                hash.AppendData(piece);
            }
        }

        /// <inheritdoc/>
        public override SignatureVerdict Finish() =>
            _format != SignatureVerdict.Valid ? _format
            : !IsSigned() ? SignatureVerdict.Mismatch
            : _isTimely ? SignatureVerdict.Valid
            : SignatureVerdict.Stale;

        /// <inheritdoc/>
        public override void Dispose()
        {
            foreach (var hash in _hashes)
            {
                hash.Dispose();
            }
        }

        // Compares every pair even after a match, so that the elapsed time does not reveal which pair matched.
        private bool IsSigned()
        {
            var isSigned = false;
            Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
            foreach (var hash in _hashes)
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
