using System.Globalization;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.WebhookApi.Admin.Signatures;

namespace JackAutomotive.Tests.Admin.Signatures;

public class ElevenLabsDoctorTests
{
    private const string Secret = "wsec_0123456789abcdef";
    private const string Setting = "THE_SETTING";
    private const string Json = """{"type":"post_call_transcription","data":{"name":"Zoë","url":"https://a.example/x","n":1.50}}""";

    private static readonly DateTimeOffset s_now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly byte[] s_body = Encoding.UTF8.GetBytes(Json);

    [Fact]
    public void A_correctly_signed_request_is_valid()
    {
        var diagnosis = Examine(s_body, Sign(s_body));
        Assert.Equal((true, "valid", 0), (diagnosis.Valid, diagnosis.Verdict, diagnosis.Findings.Count));
    }

    [Fact]
    public void A_missing_signature_header_is_found() => AssertFound("header-missing", ExamineNamed(s_body), "missing");

    [Fact]
    public void A_signature_in_a_header_with_another_name_is_found()
    {
        var found = AssertFound("header-missing", ExamineNamed(s_body, ("X-ElevenLabs-Signature", Sign(s_body))), "missing");
        Assert.Contains("x-elevenlabs-signature", found.Seen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("t={t}, v0={v}", "header-spaces")]
    [InlineData("\"t={t},v0={v}\"", "header-spaces")]
    [InlineData("t={t},v0={V}", "header-upper-case")]
    [InlineData("t={t},v1={v}", "header-version")]
    [InlineData("t={t}", "header-version")]
    [InlineData("v0={v}", "header-timestamp")]
    [InlineData("t={t},t={t},v0={v}", "header-timestamp")]
    [InlineData("t={t}000,v0={v}", "header-timestamp")]
    [InlineData("t=+{t},v0={v}", "header-timestamp")]
    [InlineData("t={t},v0={v}0", "header-digits")]
    [InlineData("t={t},v0=base64", "header-digits")]
    public void A_malformed_signature_header_is_found_with_its_defect(string form, string rule)
    {
        var (t, v) = (Sign(s_body)[2..12], Sign(s_body)[16..]);
        var header = form.Replace("{t}", t, StringComparison.Ordinal).Replace("{v}", v, StringComparison.Ordinal)
            .Replace("{V}", v.ToUpperInvariant(), StringComparison.Ordinal);

        // A header that can be repaired verifies after the repair, so there is no second finding.
        AssertFound(rule, Examine(s_body, header), "malformed");
    }

    [Fact]
    public void A_repeated_signature_header_is_found() =>
        AssertFound("header-repeated", Examine(s_body, Sign(s_body).Split(',')[0], Sign(s_body).Split(',')[1]), "malformed");

    [Theory]
    [InlineData(31, "before")]
    [InlineData(-31, "after")]
    public void A_clock_skew_is_found_with_its_direction(int minutes, string direction)
    {
        var found = AssertFound("stale", Examine(s_body, Sign(s_body, s_now.AddMinutes(-minutes))), "stale");
        Assert.Contains($"0.00:31:00 {direction} it was received", found.Seen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("253402300800")] // The first second that a date cannot represent.
    [InlineData("999999999999")]
    [InlineData("99999999999")]
    public void A_time_that_the_signature_check_reads_is_stale_to_the_doctor_however_late_it_is(string seconds)
    {
        var signed = Encoding.UTF8.GetBytes($"{seconds}.{Json}");
        var signature = Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), signed));

        AssertFound("stale", Examine(s_body, $"t={seconds},v0={signature}"), "stale");
    }

    [Fact]
    public void A_time_with_more_digits_than_the_signature_check_reads_is_malformed_to_both() =>
        AssertFound("header-timestamp", Examine(s_body, $"t=00{Sign(s_body)[2..12]}00,{Sign(s_body)[13..]}"), "malformed");

    [Fact]
    public void Several_defects_are_found_together()
    {
        var diagnosis = Examine([.. s_body, (byte)'\n'], Sign(s_body, s_now.AddHours(-2)).ToUpperInvariant()
            .Replace("T=", "t=", StringComparison.Ordinal).Replace("V0=", "v0=", StringComparison.Ordinal));
        Assert.Equal(["header-upper-case", "stale", "body-newline"], diagnosis.Findings.Select(finding => finding.Rule));
    }

    [Theory]
    [InlineData("{\"a\": 1}\n", "{\"a\": 1}", "body-newline")]
    [InlineData("{\"a\": 1}", "{\"a\": 1}\n", "body-newline")]
    [InlineData("{\"a\": 1}", "{\"a\": 1}\r\n", "body-newline")]
    [InlineData("  {\"a\": 1}\t", "{\"a\": 1}", "body-white-space")]
    [InlineData("{\r\n\"a\":  1\r\n}", "{\n\"a\":  1\n}", "body-line-ends")]
    [InlineData("{\n\"a\":  1\n}", "{\r\n\"a\":  1\r\n}", "body-line-ends")]
    [InlineData("\ufeff{\"a\": 1}", "{\"a\": 1}", "body-byte-order-mark")]
    [InlineData("{\"a\": 1}", "\ufeff{\"a\": 1}", "body-byte-order-mark")]
    [InlineData("{\"a\": \"Ã©\"}", "{\"a\": \"é\"}", "body-encoding")]
    [InlineData("{\"a\": 1}", "", "body-lost")]
    public void A_rewritten_body_is_found(string arrived, string original, string rule) =>
        AssertFound(rule, Examine(Encoding.UTF8.GetBytes(arrived), Sign(Encoding.UTF8.GetBytes(original))), "mismatch");

    [Theory]
    [InlineData("""{"a":[1,2.50,"é/"],"b":{}}""")]
    [InlineData("""{"a": [1, 2.50, "\u00e9/"], "b": {}}""")]
    [InlineData("""{"a": [1, 2.50, "é/"], "b": {}}""")]
    [InlineData("""{"a":[1,2.50,"\u00e9\/"],"b":{}}""")]
    [InlineData("{\n  \"a\": [\n    1,\n    2.50,\n    \"é/\"\n  ],\n  \"b\": {}\n}")]
    [InlineData("{\n    \"a\": [\n        1,\n        2.50,\n        \"é/\"\n    ],\n    \"b\": {}\n}\n")]
    public void A_reserialised_JSON_body_is_found(string original)
    {
        var arrived = "{ \"a\" :[1,2.50,\"é/\"] ,\"b\":{}}"u8.ToArray();
        AssertFound("body-reserialised", Examine(arrived, Sign(Encoding.UTF8.GetBytes(original))), "mismatch");
    }

    [Theory]
    [InlineData("0123456789abcdef")]
    [InlineData("wsec_wsec_0123456789abcdef")]
    public void A_secret_with_a_missing_or_superfluous_prefix_is_found(string usedSecret)
    {
        if (usedSecret.StartsWith("wsec_wsec_", StringComparison.Ordinal))
        {
            AssertFound("secret-misspelled", Examine(s_body, [Secret[5..]], Sign(s_body)), "mismatch");
            return;
        }

        AssertFound("secret-misspelled", Examine(s_body, Sign(s_body, secret: usedSecret)), "mismatch");
    }

    [Fact]
    public void A_wrong_secret_is_found_with_the_number_of_secrets_tried()
    {
        var found = AssertFound("other-secret", Examine(s_body, [Secret, "wsec_two"], Sign(s_body, secret: "wsec_other")), "mismatch");
        Assert.Contains("None of the 2 configured secrets", found.Seen, StringComparison.Ordinal);
        Assert.Contains(Setting, found.WayOut, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_setting_is_named()
    {
        var found = AssertFound("not-configured", Examine(s_body, [], Sign(s_body)), "mismatch");
        Assert.Contains(Setting, found.WayOut, StringComparison.Ordinal);
    }

    [Property]
    public bool A_diagnosis_never_contains_the_secret_or_the_signature(byte[] body, NonNull<string> header, PositiveInt skew)
    {
        var good = Sign(body, s_now.AddSeconds(-skew.Get));
        Diagnosis[] answers =
        [
            Examine(body, good), Examine([.. body, 1], good), Examine(body, header.Get), Examine(body, good, header.Get),
            Examine(body, good + "0"),
        ];
        return answers.Select(diagnosis => JsonSerializer.Serialize(diagnosis))
            .All(text => !text.Contains(Secret[5..], StringComparison.OrdinalIgnoreCase)
                && !text.Contains(good[^64..], StringComparison.OrdinalIgnoreCase));
    }

    [Property]
    public bool A_request_is_valid_or_has_a_finding(byte[] body, NonNull<string> header) =>
        Examine(body, header.Get) is var diagnosis && diagnosis.Valid == (diagnosis.Findings.Count == 0);

    private static string Sign(byte[] body, DateTimeOffset? at = null, string secret = Secret) =>
        PostCallDriver.Sign((at ?? s_now).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), body, secret);

    private static Diagnosis Examine(byte[] body, params string[] headers) =>
        ExamineNamed(body, [.. headers.Select(header => (PostCallDriver.SignatureHeader, header))]);

    private static Diagnosis ExamineNamed(byte[] body, params (string, string)[] headers) => Examine(body, [Secret], headers);

    private static Diagnosis Examine(byte[] body, IReadOnlyList<string> secrets, string header) =>
        Examine(body, secrets, [(PostCallDriver.SignatureHeader, header)]);

    private static Diagnosis Examine(byte[] body, IReadOnlyList<string> secrets, (string, string)[] headers) => ElevenLabsDoctor.Examine(
        new CapturedRequest("elevenlabs", null, "/api/webhooks/elevenlabs/post-call", "POST", headers, body, s_now), secrets, Setting);

    private static Finding AssertFound(string rule, Diagnosis diagnosis, string verdict)
    {
        Assert.Equal((false, verdict), (diagnosis.Valid, diagnosis.Verdict));
        var finding = Assert.Single(diagnosis.Findings);
        Assert.Equal(rule, finding.Rule);
        Assert.NotEmpty(finding.WayOut);
        return finding;
    }
}
