using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.Tests.Leads;

public class PhoneNumberTests
{
    [Theory]
    [InlineData("+12025550123")]
    [InlineData("+1 (202) 555-0123")]
    [InlineData("(202) 555-0123")]
    [InlineData("202.555.0123")]
    [InlineData("12025550123")]
    [InlineData("  +1 202 555 0123 ")]
    public void Every_spelling_of_a_number_is_parsed_to_the_same_number(string text)
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
    public void A_text_that_cannot_be_dialled_is_not_a_phone_number(string? text) => Assert.False(PhoneNumber.TryParse(text, out _));

    [Theory]
    [InlineData("12025550123")]
    [InlineData("+1 2025550123")]
    [InlineData("+1-2025550123")]
    [InlineData("+")]
    public void TryParseE164_refuses_anything_but_a_plus_sign_and_digits(string text) => Assert.False(PhoneNumber.TryParseE164(text, out _));

    [Fact]
    public void A_formatted_number_shows_only_its_last_two_digits()
    {
        Assert.True(PhoneNumber.TryParse("+12025550123", out var number));
        Assert.Equal("+…23", $"{number}");
    }

    [Property]
    public bool Parsing_never_throws(string text) => !PhoneNumber.TryParse(text, out var number) || number.Value.StartsWith('+');
}
