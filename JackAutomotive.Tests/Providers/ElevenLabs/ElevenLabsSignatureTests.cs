using System.Text;
using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Providers.ElevenLabs;
using Microsoft.Extensions.Primitives;

namespace JackAutomotive.Tests.Providers.ElevenLabs;

public class ElevenLabsSignatureTests
{
    private const string Secret = "wsec_sample";
    private const string Timestamp = "1739537297";

    // Computed with: printf '1739537297.{"a":1}' | openssl dgst -sha256 -hmac wsec_sample
    private const string KnownHex = "060934aa86680514a1fcdc6e4003fd7dfd741706fd450e3474940601f0deb7b8";
    private static readonly byte[] s_body = """{"a":1}"""u8.ToArray();
    private static readonly DateTimeOffset s_now = DateTimeOffset.FromUnixTimeSeconds(1739537297);

    [Fact]
    public void A_known_signature_is_valid() => Assert.Equal(SignatureVerdict.Valid, Verify($"t={Timestamp},v0={KnownHex}"));

    // Computed with openssl, as KnownHex. The bodies: empty, not ASCII, with white space, with a byte order mark, not text.
    [Theory]
    [InlineData("", "16a252faa6882af5aa4f1f7cfebaf4b59677dce361bd7ddee0c3894a1d9d222e")]
    [InlineData("7b2261223a22c3a920f09f9880227d", "234d66df54c2222f6ddca76e0276197c0ab9a7e3ddf741b9c993d8399cce345f")]
    [InlineData("7b20226122203a2031207d0d0a", "fe6e46b1f4caa8ba0136cf362bc2be6436eab8738dd67acf527cd66927de6aeb")]
    [InlineData("efbbbf7b2261223a317d", "fb5477271a029d8d636fa945bba8359e50410dc682dbd89a50d6e19773b2aa8f")]
    [InlineData("00ff", "d7fbca3a721c2ad52fe5fdb5f54e3ec303626f692c3c16539fdd4c78672d35e0")]
    public void The_signature_covers_the_exact_bytes_as_sent(string body, string hex) =>
        Assert.Equal(
            SignatureVerdict.Valid,
            ElevenLabsSignature.Verify($"t={Timestamp},v0={hex}", Convert.FromHexString(body), [Secret], s_now));

    [Theory]
    [InlineData("t=1739537297,v0=d6f4679e02f9e9985cabc8e1efd4fe50c4fb6494a421d9157f2a4653f2a2eb6d", "Mismatch")] // The key lacks its prefix.
    [InlineData("t=abc,v0=503f19ef6a564d4c6976ea327645ee711b140e6d1b3a8ca5e598ed87e8c22fa8", "Malformed")] // Signed, but not a Unix timestamp.
    public void A_signature_that_an_SDK_might_accept_is_rejected(string header, string verdict) =>
        Assert.Equal(verdict, Verify(header).ToString());

    [Theory]
    [InlineData("v0={0},t={1}")]
    [InlineData("x=1,t={1},v0={0},v1=abc,y")]
    [InlineData("t={1},v0={2},v0={0}")]
    [InlineData("t={1},v0={0},v0={2}")]
    [InlineData("t={1},v0=nonsense,v0={0},")]
    public void Header_parts_may_be_in_any_order_with_unknown_parts_and_one_valid_v0_is_enough(string form) =>
        Assert.Equal(SignatureVerdict.Valid, Verify(Fill(form)));

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public void An_empty_or_absent_header_is_reported_as_missing(string? header) => Assert.Equal(SignatureVerdict.Missing, Verify(header));

    [Theory]
    [InlineData("t={1}, v0={0}")]
    [InlineData("t={1},v0= {0}")]
    [InlineData("t= {1},v0={0}")]
    [InlineData("t={1};v0={0}")]
    [InlineData("t={1}")]
    [InlineData("v0={0}")]
    [InlineData("{0}")]
    [InlineData("t=,v0={0}")]
    [InlineData("t={1},t={1},v0={0}")]
    [InlineData("t={1},v0={0}0")]
    [InlineData("T={1},V0={0}")]
    public void Any_other_form_of_header_is_malformed(string form) => Assert.Equal(SignatureVerdict.Malformed, Verify(Fill(form)));

    [Fact]
    public void Upper_case_hex_is_rejected() =>
        Assert.Equal(SignatureVerdict.Malformed, Verify($"t={Timestamp},v0={KnownHex.ToUpperInvariant()}"));

    [Fact]
    public void More_than_one_header_value_is_rejected() =>
        Assert.Equal(
            SignatureVerdict.Malformed,
            Verify(new StringValues([$"t={Timestamp},v0={KnownHex}", $"t={Timestamp},v0={KnownHex}"])));

    [Theory]
    [InlineData("abc")]
    [InlineData("-1739537297")]
    [InlineData("+1739537297")]
    [InlineData("1739537297.5")]
    [InlineData("1e9")]
    [InlineData("１７３９５３７２９７")]
    [InlineData("99999999999999999999")]
    public void A_timestamp_that_is_not_plain_digits_is_rejected_even_if_it_is_signed(string timestamp) =>
        Assert.Equal(SignatureVerdict.Malformed, Verify(PostCallDriver.Sign(timestamp, s_body, Secret)));

    [Theory]
    [InlineData(1800, true)]
    [InlineData(-1800, true)]
    [InlineData(1801, false)]
    [InlineData(-1801, false)]
    [InlineData(100_000_000, false)]
    public void A_timestamp_may_differ_by_at_most_30_minutes_in_either_direction(int seconds, bool passes) =>
        Assert.Equal(
            passes ? SignatureVerdict.Valid : SignatureVerdict.Stale,
            ElevenLabsSignature.Verify($"t={Timestamp},v0={KnownHex}", s_body, [Secret], s_now.AddSeconds(seconds)));

    [Fact]
    public void A_signature_with_any_configured_secret_is_valid() =>
        Assert.Equal(
            SignatureVerdict.Valid,
            ElevenLabsSignature.Verify($"t={Timestamp},v0={KnownHex}", s_body, ["wsec_new", Secret, "wsec_other"], s_now));

    [Theory]
    [InlineData("sample")]
    [InlineData("wsec_sample ")]
    [InlineData("WSEC_SAMPLE")]
    [InlineData("")]
    public void Only_the_exact_secret_is_the_key(string secret) =>
        Assert.Equal(SignatureVerdict.Mismatch, ElevenLabsSignature.Verify($"t={Timestamp},v0={KnownHex}", s_body, [secret], s_now));

    [Fact]
    public void Without_a_secret_no_signature_is_valid() =>
        Assert.Equal(SignatureVerdict.Mismatch, ElevenLabsSignature.Verify($"t={Timestamp},v0={KnownHex}", s_body, [], s_now));

    [Property]
    public bool Any_signed_bytes_are_valid(byte[] body, NonNull<string> secret)
    {
        var header = PostCallDriver.Sign(Timestamp, body, secret.Get);
        return ElevenLabsSignature.Verify(header, body, [secret.Get], s_now) == SignatureVerdict.Valid;
    }

    [Property]
    public bool A_change_of_any_byte_of_the_body_is_rejected(NonEmptyArray<byte> body, NonNegativeInt position, byte difference)
    {
        var header = PostCallDriver.Sign(Timestamp, body.Get, Secret);
        var changed = (byte[])body.Get.Clone();
        changed[position.Get % changed.Length] ^= Math.Max((byte)1, difference);
        return ElevenLabsSignature.Verify(header, changed, [Secret], s_now) == SignatureVerdict.Mismatch;
    }

    [Property]
    public bool A_change_of_any_character_of_the_signature_or_the_timestamp_is_rejected(NonNegativeInt position, char other)
    {
        var header = $"t={Timestamp},v0={KnownHex}".ToCharArray();
        var changed = position.Get % header.Length;
        if (header[changed] == other)
        {
            return true;
        }

        header[changed] = other;
        return Verify(new string(header)) != SignatureVerdict.Valid;
    }

    [Property]
    public bool An_arbitrary_header_is_invalid_and_never_throws(NonNull<string> header) => Verify(header.Get) != SignatureVerdict.Valid;

    private static SignatureVerdict Verify(StringValues header) => ElevenLabsSignature.Verify(header, s_body, [Secret], s_now);

    private static string Fill(string form) => string.Format(null, CompositeFormat.Parse(form), KnownHex, Timestamp, new string('0', 64));
}
