using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Providers.Twilio;
using Microsoft.Extensions.Primitives;

namespace JackAutomotive.Tests.Providers.Twilio;

public class TwilioSignatureTests
{
    private const string Token = "12345";
    private const string Url = "https://mycompany.com/myapp.php?foo=1&bar=2";
    private const string Form = "application/x-www-form-urlencoded";

    // The example from the documentation and the SDKs of Twilio.
    private const string KnownSignature = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    private static readonly byte[] s_knownBody =
        "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"u8.ToArray();

    [Fact]
    public void The_documented_example_is_valid() => Assert.Equal(SignatureVerdict.Valid, Verify(KnownSignature, Url, s_knownBody));

    [Fact]
    public void The_order_of_fields_in_the_body_does_not_matter() =>
        Assert.Equal(SignatureVerdict.Valid, Verify(KnownSignature, Url,
            "To=%2B18005551212&From=%2B14158675309&Digits=1234&Caller=%2b14158675309&CallSid=CA1234567890ABCDE"u8));

    // The URL that was signed, the URL that arrives, and whether the signature is valid. Except for the order of the query, the table is
    // the behaviour of twilio-node. Twilio may deliver a query sorted that it signed unsorted.
    [Theory]
    [InlineData("https://a.example:443/x", "https://a.example/x", true)]
    [InlineData("https://a.example/x", "https://a.example:443/x", true)]
    [InlineData("http://a.example:80/x", "http://a.example/x", true)]
    [InlineData("https://a.example/x", "https://a.example:8443/x", true)]
    [InlineData("https://a.example:8443/x", "https://a.example:8443/x", true)]
    [InlineData("https://a.example:8443/x", "https://a.example/x", false)]
    [InlineData("https://a.example:443/x", "https://a.example:8443/x", false)]
    [InlineData("http://a.example/x", "https://a.example/x", false)]
    [InlineData("https://a.example/x", "https://b.example/x", false)]
    [InlineData("https://a.example/x?b=1&a=2", "https://a.example/x?a=2&b=1", true)]
    [InlineData("https://a.example:443/x?c=3&a=2&d=4&b=1", "https://a.example/x?a=2&b=1&c=3&d=4", true)]
    [InlineData("https://a.example/x?b=1&a=2", "https://a.example/x?a=2&b=2", false)]
    [InlineData("https://a.example/x?b=1&a=2", "https://a.example/x?a=2", false)]
    [InlineData("https://a.example/x?b=1&a=2", "https://a.example/x?a=2&b=1&b=1", false)]
    [InlineData("https://a.example/x?q=a%20b", "https://a.example/x?q=a+b", false)]
    [InlineData("https://a.example/x?q=%7E", "https://a.example/x?q=~", false)]
    [InlineData("https://[::1]:443/x", "https://[::1]/x", true)]
    [InlineData("https://[::1]/x", "https://[::1]:8443/x", true)]
    [InlineData("https://a.example?x=1", "https://a.example:443?x=1", true)]
    [InlineData("https://a.example/t:1/x", "https://a.example:443/t:1/x", true)]
    public void Only_the_port_of_the_URL_and_the_order_of_its_query_may_differ(string signedAddress, string seenAddress, bool passes) =>
        Assert.Equal(passes ? SignatureVerdict.Valid : SignatureVerdict.Mismatch,
            Verify(IncomingSmsDriver.Sign(signedAddress, [("a", "1")], Token), seenAddress, "a=1"u8));

    [Theory]
    [InlineData("a=2&a=1&a=2", "a1a2")]
    [InlineData("b=&a=1", "a1b")]
    [InlineData("a&b=1", "ab1")]
    [InlineData("From=1&FROM=2&from=3&_x=4", "FROM2From1_x4from3")]
    [InlineData("Body=+two++spaces+%0D%0A", "Body two  spaces \r\n")]
    [InlineData("Body=a%2Bb%26c%3Dd%25", "Bodya+b&c=d%")]
    [InlineData("Body=%F0%9F%98%80+%C3%A9", "Body😀 é")]
    [InlineData("Body=a=b", "Bodya=b")]
    [InlineData("", "")]
    public void Fields_are_sorted_ordinally_and_each_distinct_value_is_signed_once_as_sent(string body, string signedFields) =>
        Assert.Equal(
            SignatureVerdict.Valid,
            Verify(IncomingSmsDriver.Sign($"https://a.example/x{signedFields}", Token), "https://a.example/x", Encoding.ASCII.GetBytes(body)));

    // Computed independently of this code, with: printf '%s' 'address and fields' | openssl dgst -sha1 -hmac 12345 -binary | base64
    [Theory]
    [InlineData("hJy9IokKV68dmmZTiAyMQ3UkseI=", "https://a.example/sms", "Body=a&From=%2B12025550123", true)] // Signed with :443.
    [InlineData("D8JjwkDgNeUB0Ezja2KHGPv3aIA=", "https://a.example:443/sms", "Body=a&From=%2B12025550123", true)] // Signed without a port.
    [InlineData("D8JjwkDgNeUB0Ezja2KHGPv3aIA=", "https://a.example:8443/sms", "Body=a&From=%2B12025550123", true)]
    [InlineData("ctd41ez7whtj0Zn57J43ZwBfpKI=", "https://a.example/sms", "Body=a&From=%2B12025550123", false)] // Signed with :8443.
    [InlineData("D8JjwkDgNeUB0Ezja2KHGPv3aIA=", "http://a.example/sms", "Body=a&From=%2B12025550123", false)]
    [InlineData("wiVcZc8eDXW47qAkn+8gS5o3PH8=", "https://a.example/sms", "Media=b&To=1&Media=a&Media=b", true)] // Each distinct value once.
    [InlineData("sNbo4GI7PpInTdu8sxPuNpo0fms=", "https://a.example/sms", "To=1&FromCity=&Body=", true)] // Empty values are signed.
    [InlineData("PAAHuJtpq8nVLB1OInTjQgs7N+Y=", "https://a.example/sms", "body=4&_x=3&Body=1&BODY=2", true)] // Sorted by code unit.
    [InlineData("PFANVYV4LlF/dB10CrarqQufHXM=", "https://a.example/sms", "Body=+a+%0D%0A", true)] // Not trimmed.
    [InlineData("ZJgZtV9yzR0dVxcjRCKP0mL31k4=", "https://a.example/sms", "Body=%C3%A9+%F0%9F%98%80%2B%26%3D%25", true)]
    [InlineData("ySx+OpjiOeC7jnk9rLX1yORnFTY=", "https://a.example/sms?q=it%27s%20%7E", "To=1", true)] // Escapes unchanged.
    [InlineData("y/CDJ4Vl0/xlM42vfUe38fNbSQQ=", "https://a.example/sms?q=it's%20~", "To=1", true)]
    [InlineData("ySx+OpjiOeC7jnk9rLX1yORnFTY=", "https://a.example/sms?q=it's%20~", "To=1", false)]
    public void Independently_computed_signatures_are_verified(string header, string address, string body, bool passes) =>
        Assert.Equal(passes ? SignatureVerdict.Valid : SignatureVerdict.Mismatch, Verify(header, address, Encoding.ASCII.GetBytes(body)));

    [Fact]
    public void An_independently_computed_signature_of_a_JSON_body_is_valid() =>
        Assert.Equal(
            SignatureVerdict.Valid,
            TwilioSignature.Verify(
                "6rdCPYKKPD5OYYexN2hErXN6HdI=",
                "https://a.example/sms?bodySHA256=015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862",
                "application/json",
                """{"a":1}"""u8,
                [Token]));

    [Fact]
    public void A_signature_with_either_of_two_tokens_is_valid() =>
        Assert.Equal(SignatureVerdict.Valid, TwilioSignature.Verify(KnownSignature, Url, Form, s_knownBody, ["new", Token]));

    [Fact]
    public void A_signature_with_another_token_is_rejected() =>
        Assert.Equal(SignatureVerdict.Mismatch, TwilioSignature.Verify(KnownSignature, Url, Form, s_knownBody, ["12346", ""]));

    [Theory]
    [InlineData(null, "Missing")]
    [InlineData("", "Missing")]
    [InlineData("RSOYDt4T1cUTdK1PDd93/VVr8B8", "Malformed")]
    [InlineData("RSOYDt4T1cUTdK1PDd93/VVr8B8= ", "Malformed")]
    [InlineData("RSOYDt4T1cUTdK1PDd93/VVr8B8=,x", "Malformed")]
    [InlineData("????????????????????????????", "Malformed")]
    [InlineData("RSOYDt4T1cUTdK1PDd93/VVr8B9=", "Malformed")] // Decodes to the same bytes, but is not canonical Base64.
    [InlineData("RSOYDt4T1cUTdK1PDd93/VVr8B4=", "Mismatch")]
    public void An_absent_malformed_or_different_signature_is_rejected(string? header, string verdict) =>
        Assert.Equal(verdict, Verify(header, Url, s_knownBody).ToString());

    [Fact]
    public void More_than_one_header_value_is_rejected() =>
        Assert.Equal(SignatureVerdict.Malformed, Verify(new StringValues([KnownSignature, KnownSignature]), Url, s_knownBody));

    [Fact]
    public void A_JSON_body_is_verified_by_its_hash_in_the_signed_query()
    {
        var body = """{"a":1}"""u8.ToArray();
        var url = $"https://a.example/x?bodySHA256={Convert.ToHexStringLower(SHA256.HashData(body))}";
        var signature = IncomingSmsDriver.Sign(url, Token);

        Assert.Equal(SignatureVerdict.Valid, TwilioSignature.Verify(signature, url, "application/json", body, [Token]));
        Assert.Equal(SignatureVerdict.Mismatch, TwilioSignature.Verify(signature, url, "application/json", "{}"u8, [Token]));
        Assert.Equal(SignatureVerdict.Mismatch, TwilioSignature.Verify(signature, url + "0", "application/json", body, [Token]));
    }

    [Theory]
    [InlineData("bodySHA256")]
    [InlineData("bodySHA256=")]
    [InlineData("bodySHA256=E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")]
    public void An_empty_or_upper_case_body_hash_is_rejected(string query)
    {
        var url = $"https://a.example/x?{query}";
        var signature = IncomingSmsDriver.Sign(url, Token);
        Assert.Equal(SignatureVerdict.Mismatch, TwilioSignature.Verify(signature, url, "application/json", [], [Token]));
    }

    [Fact]
    public void A_body_without_a_hash_is_rejected_even_if_the_URL_is_signed()
    {
        const string Address = "https://a.example/x";
        var signature = IncomingSmsDriver.Sign(Address, Token);
        Assert.Equal(SignatureVerdict.Mismatch, TwilioSignature.Verify(signature, Address, "text/plain", "a=1"u8, [Token]));
    }

    [Property]
    public bool Any_signed_fields_are_valid(Tuple<NonNull<string>, NonNull<string>>[] pairs)
    {
        var fields = pairs.Select(pair => (Name: RemoveSurrogates("n" + pair.Item1.Get), Value: RemoveSurrogates(pair.Item2.Get))).ToArray();
        var signature = IncomingSmsDriver.Sign("https://a.example/x", fields, Token);
        return Verify(signature, "https://a.example/x", IncomingSmsDriver.Encode(fields)) == SignatureVerdict.Valid;
    }

    [Property]
    public bool A_changed_value_is_rejected(NonEmptyString value, NonEmptyString other)
    {
        var (signed, seen) = (RemoveSurrogates(value.Get), RemoveSurrogates(other.Get));
        var signature = IncomingSmsDriver.Sign("https://a.example/x", [("Body", signed), ("From", "1")], Token);
        var verdict = Verify(signature, "https://a.example/x", IncomingSmsDriver.Encode([("Body", seen), ("From", "1")]));
        return verdict == (signed == seen ? SignatureVerdict.Valid : SignatureVerdict.Mismatch);
    }

    [Property]
    public bool A_change_of_any_character_of_the_signature_is_rejected(NonNegativeInt position, char other)
    {
        var header = KnownSignature.ToCharArray();
        header[position.Get % header.Length] = other;
        return new string(header) == KnownSignature || Verify(new string(header), Url, s_knownBody) != SignatureVerdict.Valid;
    }

    [Property]
    public bool An_arbitrary_body_and_URL_are_a_mismatch_and_never_throw(byte[] body, NonNull<string> url) =>
        Verify(KnownSignature, "https://" + url.Get, body) == SignatureVerdict.Mismatch;

    private static SignatureVerdict Verify(StringValues header, string url, ReadOnlySpan<byte> body) =>
        TwilioSignature.Verify(header, url, Form, body, [Token]);

    // Removes surrogates, because a lone surrogate cannot be encoded as UTF-8.
    private static string RemoveSurrogates(string text) => string.Concat(text.Where(c => !char.IsSurrogate(c)));
}
