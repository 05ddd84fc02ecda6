using JackAutomotive.ProviderSimulator.ElevenLabs;
using JackAutomotive.ProviderSimulator.Twilio;

namespace JackAutomotive.Tests.Simulator;

public sealed class SignatureTests
{
    /// <summary>The example comes from Twilio's documentation and SDKs.</summary>
    [Fact]
    public void Twilios_documented_example_yields_the_documented_signature()
    {
        var signature = TwilioSignature.Compute(
            "12345",
            "https://mycompany.com/myapp.php?foo=1&bar=2",
            [
                new("To", "+18005551212"),
                new("From", "+14158675309"),
                new("Digits", "1234"),
                new("Caller", "+14158675309"),
                new("CallSid", "CA1234567890ABCDE"),
            ]);

        Assert.Equal("RSOYDt4T1cUTdK1PDd93/VVr8B8=", signature);
    }

    /// <summary>
    /// Python's hmac module calculated the expected value. Names are sorted by code unit, the distinct values of a name are sorted, and
    /// nothing is trimmed.
    /// </summary>
    [Fact]
    public void Repeated_empty_and_non_ASCII_parameters_are_signed_sorted_distinct_and_untrimmed()
    {
        var signature = TwilioSignature.Compute(
            "12345",
            "http://localhost:5100/a",
            [new("b", "2"), new("B", "1"), new("_", "0"), new("b", "1"), new("b", "2"), new("Body", " Grüße 🙂\r\n"), new("Empty", "")]);

        Assert.Equal("fx/VG84IPcN3dlNXqINevfLucII=", signature);
    }

    /// <summary>Python's hmac module calculated the expected value.</summary>
    [Fact]
    public void A_post_call_webhook_is_signed_over_timestamp_dot_raw_body()
    {
        var signature = ElevenLabsSignature.Compute(
            "wsec_0123",
            DateTimeOffset.FromUnixTimeMilliseconds(1789000000_999),
            """{"type":"post_call_transcription","text":"Grüße"}"""u8.ToArray());

        Assert.Equal("t=1789000000,v0=88a6a2cd58985177db84e140794ef518f9ee1debf6ea2b605c80bb188dd92d79", signature);
    }
}
