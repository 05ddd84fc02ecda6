using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Features.Leads;

namespace JackAutomotive.Tests.Features.Leads;

public class PhoneNumberTests
{
    [Theory]
    [InlineData("+12025550123")]
    [InlineData("+1 (202) 555-0123")]
    [InlineData("(202) 555-0123")]
    [InlineData("202.555.0123")]
    [InlineData("12025550123")]
    [InlineData("  +1 202 555 0123 ")]
    public void Every_spelling_of_a_number_is_the_same_number(string text)
    {
        Assert.True(PhoneNumber.TryParse(text, out var number));
        Assert.Equal("+12025550123", number.Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("12345")]
    [InlineData("anonymous")]
    [InlineData("DEALER")]
    [InlineData("1-800-FLOWERS")]
    [InlineData("whatsapp:+12025550123")]
    [InlineData("sip:+12025550123@example.com")]
    [InlineData("+999")]
    public void What_cannot_be_dialled_is_no_number(string? text) => Assert.False(PhoneNumber.TryParse(text, out _));

    [Theory]
    [InlineData("12025550123")]
    [InlineData("+1 2025550123")]
    [InlineData("+1-2025550123")]
    [InlineData("+")]
    public void E164_is_a_plus_sign_and_digits(string text) => Assert.False(PhoneNumber.TryParseE164(text, out _));

    [Fact]
    public void A_number_that_gets_into_a_log_gives_nobody_away()
    {
        Assert.True(PhoneNumber.TryParse("+12025550123", out var number));
        Assert.Equal("+…23", $"{number}");
    }

    [Property]
    public bool No_text_makes_it_fail(string text) => !PhoneNumber.TryParse(text, out var number) || number.Value.StartsWith('+');
}
