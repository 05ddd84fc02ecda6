using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.WebhookApi.Admin.Signatures;
using JackAutomotive.WebhookApi.Providers.Twilio;

namespace JackAutomotive.Tests.Admin.Signatures;

public class TwilioDoctorTests
{
    private const string Token = "12345";
    private const string Path = "/api/webhooks/twilio/sms/incoming";
    private const string Url = $"https://hooks.example.com{Path}";
    private const string Form = "application/x-www-form-urlencoded";

    private static readonly (string Name, string Value)[] s_fields = [("MessageSid", "SM1"), ("Body", "a b"), ("Empty", "")];

    [Fact]
    public void A_correctly_signed_request_is_valid()
    {
        var diagnosis = Examine(Url, IncomingSmsDriver.Sign(Url, s_fields, Token));
        Assert.Equal((true, "valid", 0), (diagnosis.Valid, diagnosis.Verdict, diagnosis.Findings.Count));
    }

    [Fact]
    public void A_missing_signature_header_is_found() => AssertFound(["header-missing"], Examine(Url), "missing");

    [Fact]
    public void A_malformed_signature_header_is_found_with_its_defect()
    {
        // The signature contains '+' and '/', in which base64 and base64url differ.
        var fields = Enumerable.Range(0, 10_000).Select(i => new[] { ("MessageSid", $"SM{i}") })
            .First(f => IncomingSmsDriver.Sign(Url, f, Token) is var sign && sign.Contains('+') && sign.Contains('/'));
        var good = IncomingSmsDriver.Sign(Url, fields, Token);
        var body = IncomingSmsDriver.Encode(fields);

        AssertFound(["header-spaces"], Examine(Url, body, $" {good}"), "malformed");
        AssertFound(["header-spaces"], Examine(Url, body, $"\"{good}\""), "malformed");
        AssertFound(["header-encoding"], Examine(Url, body, Convert.ToHexStringLower(Convert.FromBase64String(good))), "malformed");
        AssertFound(["header-encoding"], Examine(Url, body, good.Replace('+', '-').Replace('/', '_')), "malformed");
        AssertFound(["header-encoding"], Examine(Url, body, good.TrimEnd('=')), "malformed");
        AssertFound(["header-length"], Examine(Url, body, good[4..]), "malformed");
        AssertFound(["header-repeated"], Examine(Url, body, good, good), "malformed");
    }

    [Theory]
    [InlineData($"http://hooks.example.com{Path}", "url-scheme")]
    [InlineData($"{Url}/", "url-trailing-slash")]
    [InlineData($"https://hooks.example.com/{Path}", "url-double-slash")]
    public void A_signature_over_another_scheme_or_path_is_found(string other, string rule)
    {
        var found = AssertFound([rule], Examine(Url, IncomingSmsDriver.Sign(other, s_fields, Token)));
        Assert.Contains("PUBLIC_BASE_URL", found[0].WayOut, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?a=1", "", "url-query-lost")]
    [InlineData("?a=x%20y", "?a=x+y", "url-escapes")]
    [InlineData("?a=x+y", "?a=x%20y", "url-escapes")]
    [InlineData("?a=%27", "?a='", "url-escapes")]
    public void A_rewritten_query_is_found(string arrived, string original, string rule) =>
        AssertFound([rule], Examine(Url + arrived, IncomingSmsDriver.Sign(Url + original, s_fields, Token)));

    [Theory]
    [InlineData("?b=2&a=1", "?a=1&b=2")]
    [InlineData("?a=1&b=2", "?b=2&a=1")]
    [InlineData("?a=1&b=2&c=3", "?c=3&a=1&b=2")]
    [InlineData("?a=1&b=2&c=3&d=4", "?d=4&b=2&c=3&a=1")]
    public void A_query_that_was_signed_in_another_order_is_accepted_and_found(string arrived, string original)
    {
        var diagnosis = Examine(Url + arrived, IncomingSmsDriver.Sign(Url + original, s_fields, Token));

        Assert.Equal((true, "valid"), (diagnosis.Valid, diagnosis.Verdict));
        var finding = Assert.Single(diagnosis.Findings);
        Assert.Equal("url-query-order", finding.Rule);
        Assert.Contains("another order", finding.Seen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?a=1&b=2&c=3&d=4&e=5", "?e=5&d=4&b=2&c=3&a=1")]
    [InlineData("?a=1&b=2&c=3&d=4&e=5&f=6", "?b=2&a=1&f=6&d=4&e=5&c=3")]
    public void A_longer_query_that_was_signed_in_another_order_is_found(string arrived, string original) =>
        AssertFound(["url-query-order"], Examine(Url + arrived, IncomingSmsDriver.Sign(Url + original, s_fields, Token)));

    [Theory]
    [InlineData(8443)]
    [InlineData(8080)]
    public void A_usual_port_that_no_header_names_is_found(int port) =>
        AssertFound(["url-port"], Examine(Url, IncomingSmsDriver.Sign($"https://hooks.example.com:{port}{Path}", s_fields, Token)));

    [Fact]
    public void A_signed_GET_is_valid_and_a_changed_method_is_found()
    {
        var query = Encoding.ASCII.GetString(IncomingSmsDriver.Encode(s_fields));
        var signedAsGet = Signed(IncomingSmsDriver.Sign($"{Url}?{query}", [], Token));
        var signedAsPost = Signed(IncomingSmsDriver.Sign(Url, s_fields, Token));
        var get = new CapturedRequest("twilio", null, $"{Path}?{query}", "GET", [signedAsGet], [], DateTimeOffset.UnixEpoch);

        Assert.Equal((true, 0), TwilioDoctor.Examine(get, $"{Url}?{query}", Options()) is var valid ? (valid.Valid, valid.Findings.Count) : default);
        AssertFound(["method"], TwilioDoctor.Examine(get with { Headers = [signedAsPost] }, $"{Url}?{query}", Options()));
        AssertFound(["method"], TwilioDoctor.Examine(Request([signedAsGet]), Url, Options()));
        AssertFound(["other-secret"], TwilioDoctor.Examine(get, $"{Url}?{query}", new TwilioOptions { AuthTokens = ["another"] }));
    }

    [Theory]
    [InlineData("X-Forwarded-Host", "public.example.com", "https://public.example.com", "url-host")]
    [InlineData("Host", "public.example.com", "https://public.example.com", "url-host")]
    [InlineData("Host", "hooks.example.com:8443", "https://hooks.example.com:8443", "url-port")]
    public void The_host_and_the_port_in_the_request_headers_are_tried(string header, string value, string signedBase, string rule) =>
        AssertFound([rule], Examine(Url, [(header, value), Signed(IncomingSmsDriver.Sign(signedBase + Path, s_fields, Token))]));

    [Fact]
    public void A_wrong_scheme_and_a_wrong_host_are_found_together() =>
        AssertFound(
            ["url-scheme", "url-host"],
            Examine($"http://10.0.0.7{Path}",
            [
                ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "hooks.example.com"),
                Signed(IncomingSmsDriver.Sign(Url, s_fields, Token)),
            ]));

    [Fact]
    public void A_signature_over_a_fragment_is_found()
    {
        var request = Request([Signed(IncomingSmsDriver.Sign($"{Url}#rc=2", s_fields, Token))]) with { Url = $"{Url}#rc=2" };
        AssertFound(["url-fragment"], TwilioDoctor.Examine(request, Url, Options()));
    }

    [Fact]
    public void A_rewritten_form_is_found()
    {
        AssertFound(["form-white-space"], ExamineForm("A=+1+&B=2", ("A", "1"), ("B", "2")));
        AssertFound(["form-empty-values"], ExamineForm("A=1&B=", ("A", "1")));
        AssertFound(["form-plus"], ExamineForm("A=1+2", ("A", "1+2")));
        AssertFound(["form-plus"], ExamineForm("A=1%2B2", ("A", "1 2")));
        AssertFound(["form-encoding"], ExamineForm("A=1%252B2", ("A", "1+2")));
        AssertFound(["form-encoding"], ExamineForm("A=%3A", ("A", "%3A")));
        AssertFound(["form-repeated-names"], ExamineForm("A=1&A=2", ("A", "1")));
        AssertFound(["form-repeated-names"], ExamineForm("A=1&A=2", ("A", "2")));
        AssertFound(["form-repeated-names"], ExamineForm("A=1&A=2", ("A", "1,2")));
        AssertFound(["form-line-ends"], ExamineForm("A=1%0D%0A2", ("A", "1\n2")));
        AssertFound(["form-line-ends"], ExamineForm("A=1%0A2", ("A", "1\r\n2")));
        AssertFound(["body-newline"], ExamineForm("A=1\n", ("A", "1")));
        AssertFound(["body-lost"], ExamineForm("A=1"));
    }

    [Fact]
    public void A_wrong_URL_and_a_rewritten_form_are_found_together() =>
        AssertFound(
            ["url-scheme", "form-empty-values"],
            Examine(Url, "A=1&B="u8.ToArray(), IncomingSmsDriver.Sign($"http://hooks.example.com{Path}", [("A", "1")], Token)));

    [Fact]
    public void A_form_with_another_content_type_is_found()
    {
        var request = Request([Signed(IncomingSmsDriver.Sign(Url, s_fields, Token)), ("Content-Type", "text/plain")]);
        AssertFound(["content-type"], TwilioDoctor.Examine(request, Url, Options()));
    }

    [Fact]
    public void A_reserialised_JSON_body_is_found_by_its_hash()
    {
        var url = $"{Url}?bodySHA256={Convert.ToHexStringLower(SHA256.HashData("""{"a":1}"""u8))}";
        var request = Request([Signed(IncomingSmsDriver.Sign(url, [], Token)), ("Content-Type", "application/json")]);
        var spaced = request with { Body = """{ "a": 1 }"""u8.ToArray() };
        AssertFound(["body-reserialised"], TwilioDoctor.Examine(spaced, url, Options()));
    }

    [Fact]
    public void A_body_that_the_signature_does_not_cover_is_found()
    {
        var request = Request([Signed(IncomingSmsDriver.Sign(Url, [("x", "y")], Token)), ("Content-Type", "application/json")]);
        AssertFound(["body-unsigned", "other-secret"], TwilioDoctor.Examine(request, Url, Options()));
    }

    [Fact]
    public void A_wrong_a_quoted_and_a_missing_token_are_found()
    {
        var found = AssertFound(["other-secret"], Examine(Url, IncomingSmsDriver.Sign(Url, s_fields, "another")));
        Assert.Contains("TWILIO_AUTH_TOKEN", found[0].WayOut, StringComparison.Ordinal);

        var request = Request([Signed(IncomingSmsDriver.Sign(Url, s_fields, Token))]);
        AssertFound(["secret-misspelled"], TwilioDoctor.Examine(request, Url, new TwilioOptions { AuthTokens = [$"\"{Token}\""] }));
        AssertFound(["not-configured"], TwilioDoctor.Examine(request, Url, new TwilioOptions()));
    }

    [Fact]
    public void A_valid_signature_from_an_unknown_account_is_found()
    {
        (string, string)[] fields = [("AccountSid", "AC1")];
        var request = Request([Signed(IncomingSmsDriver.Sign(Url, fields, Token))]) with { Body = IncomingSmsDriver.Encode(fields) };
        var options = new TwilioOptions { AuthTokens = [Token], AccountSids = ["AC2"] };
        AssertFound(["unknown-account"], TwilioDoctor.Examine(request, Url, options), "unknown-account");
    }

    [Property]
    public bool A_diagnosis_never_contains_the_token_or_the_signature(byte[] body, NonNull<string> header, NonNull<string> path)
    {
        var url = $"{Url}?{path.Get}";
        var good = IncomingSmsDriver.Sign(url, [("A", "1")], Token);
        Diagnosis[] answers =
        [
            Examine(url, body, good), Examine(Url, "A=1"u8.ToArray(), good), Examine(url, body, header.Get), Examine(url, body, good[1..]),
        ];
        return answers.Select(diagnosis => JsonSerializer.Serialize(diagnosis))
            .All(text => !text.Contains(Token, StringComparison.Ordinal) && !text.Contains(good[..8], StringComparison.Ordinal));
    }

    [Property]
    public bool A_request_is_valid_or_has_a_finding(byte[] body, NonNull<string> header) =>
        Examine(Url, body, header.Get) is var diagnosis && diagnosis.Valid == (diagnosis.Findings.Count == 0);

    [Property(MaxTest = 50)]
    public bool Every_single_rewrite_of_a_form_yields_exactly_one_finding(
        NonEmptyArray<(NonNull<string> Name, NonNull<string> Value)> fields,
        byte index)
    {
        // A lone surrogate has no UTF-8 encoding, so it cannot be sent.
        var form = fields.Get.Select(f => (Name: ToEncodable(f.Name.Get), Value: ToEncodable(f.Value.Get))).Where(f => f.Name.Length > 0).ToArray();
        var body = IncomingSmsDriver.Encode(form);
        var variants = BodyVariants.VariantsOfForm(body).ToList();
        if (variants.Count == 0)
        {
            return true;
        }

        var signed = variants[index % variants.Count];
        var read = FormBody.Parse(signed.Bytes).Fields.ToArray();
        var diagnosis = Examine(Url, body, IncomingSmsDriver.Sign(Url, read, Token));
        return diagnosis.Valid || diagnosis.Findings is [{ Rule: not "other-secret" }];
    }

    private static string ToEncodable(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static (string, string) Signed(string signature) => (IncomingSmsDriver.SignatureHeader, signature);

    private static TwilioOptions Options() => new() { AuthTokens = ["old-token", Token] };

    private static CapturedRequest Request(IReadOnlyList<(string, string)> headers) => new(
        "twilio", null, Path, "POST", [.. headers, ("Content-Type", Form)], IncomingSmsDriver.Encode(s_fields), DateTimeOffset.UnixEpoch);

    private static Diagnosis ExamineForm(string body, params (string, string)[] signed) =>
        Examine(Url, Encoding.ASCII.GetBytes(body), IncomingSmsDriver.Sign(Url, signed, Token));

    private static Diagnosis Examine(string url, params string[] signatures) =>
        Examine(url, IncomingSmsDriver.Encode(s_fields), signatures);

    private static Diagnosis Examine(string url, byte[] body, params string[] signatures) => TwilioDoctor.Examine(
        Request([.. signatures.Select(Signed)]) with { Body = body }, url, Options());

    private static Diagnosis Examine(string url, IReadOnlyList<(string, string)> headers) =>
        TwilioDoctor.Examine(Request(headers), url, Options());

    private static IReadOnlyList<Finding> AssertFound(string[] rules, Diagnosis diagnosis, string? verdict = null)
    {
        Assert.False(diagnosis.Valid);
        Assert.Equal(rules, diagnosis.Findings.Select(finding => finding.Rule));
        Assert.Equal(verdict ?? "mismatch", diagnosis.Verdict);
        return diagnosis.Findings;
    }
}
