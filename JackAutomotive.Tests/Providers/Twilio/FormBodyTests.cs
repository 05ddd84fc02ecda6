using System.Text;
using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Providers.Twilio;

namespace JackAutomotive.Tests.Providers.Twilio;

public class FormBodyTests
{
    [Theory]
    [InlineData("42", 42)]
    [InlineData("42.0", 42)]
    [InlineData("0", 0)]
    [InlineData("42.5", null)]
    [InlineData("-1", null)]
    [InlineData("+1", null)]
    [InlineData("1e3", null)]
    [InlineData("99999999999999999999", null)]
    [InlineData("NaN", null)]
    [InlineData("", null)]
    [InlineData("long", null)]
    public void A_number_that_is_no_whole_number_from_zero_is_unknown(string text, int? expected) =>
        Assert.Equal(expected, Parse(("N", text)).ReadWholeNumber("N"));

    [Theory]
    [InlineData("Mon, 23 Nov 2026 12:00:00 +0000", "2026-11-23T12:00:00Z")]
    [InlineData("Mon, 23 Nov 2026 07:00:00 -0500", "2026-11-23T12:00:00Z")]
    [InlineData("2026-11-23T12:00:00Z", "2026-11-23T12:00:00Z")]
    [InlineData("0001-01-01T00:00:00Z", null)]
    [InlineData("9999-12-31T23:59:59Z", null)]
    [InlineData("yesterday", null)]
    [InlineData("", null)]
    public void A_time_outside_this_century_is_unknown(string text, string? expected) =>
        Assert.Equal(expected is null ? null : DateTimeOffset.Parse(expected), Parse(("T", text)).ReadTime("T"));

    [Fact]
    public void The_first_of_repeated_fields_counts_and_their_order_and_case_do_not_mix()
    {
        var form = FormBody.Parse("callsid=no&CallSid=CA1&CallSid=CA2&Empty=&Bare"u8);

        Assert.Equal(("CA1", "no", null), (form.ReadId("CallSid"), form.ReadId("callsid"), form.ReadId("Empty")));
        Assert.Equal(("", null), (form["Bare"], form["Missing"]));
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    [InlineData(100_000, false)]
    public void An_id_that_is_too_long_is_unknown(int length, bool isKnown) =>
        Assert.Equal(isKnown, Parse(("MessageSid", new string('x', length))).ReadId("MessageSid") is not null);

    [Property]
    public bool Arbitrary_bytes_are_a_form_and_every_field_can_be_read(byte[] body)
    {
        var form = FormBody.Parse(body);
        return form.Fields.All(field =>
            form[field.Name] is not null
            && form.ReadId(field.Name) is null or { Length: <= 64 }
            && form.ReadWholeNumber(field.Name) is null or >= 0
            && form.ReadTime(field.Name) is null or { Year: >= 2000 and < 2100 });
    }

    private static FormBody Parse((string Name, string Value) field) =>
        FormBody.Parse(Encoding.UTF8.GetBytes($"{field.Name}={Uri.EscapeDataString(field.Value)}"));
}
