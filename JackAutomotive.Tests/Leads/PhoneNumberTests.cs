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
    [InlineData("7378742833")]
    [InlineData("+17378742833")]
    [InlineData("+1 (737) 874-2833")]
    [InlineData("+266696687")]
    [InlineData("+86282452253")]
    [InlineData("0000000000")]
    public void A_text_that_cannot_be_dialled_is_not_a_phone_number(string? text) => Assert.False(PhoneNumber.TryParse(text, out _));

    [Theory]
    [InlineData("+1 212 000 0199")]
    [InlineData("+19895550123")]
    [InlineData("+12895550123")]
    [InlineData("+15551234567")]
    [InlineData("+33123456789")]
    public void A_number_of_a_possible_length_in_an_existing_country_is_a_phone_number(string text) => Assert.True(PhoneNumber.TryParse(text, out _));

    [Theory]
    [InlineData("+12025550")]
    [InlineData("5550115")]
    [InlineData("+4420718387")]
    [InlineData("+1202555011")]
    [InlineData("+1202555011512")]
    [InlineData("+210123456789")]
    [InlineData("+9991234567")]
    [InlineData("+0123456789")]
    [InlineData("+1234")]
    [InlineData("+123456789012345678901234567890")]
    public void A_number_of_another_length_or_country_is_not_a_phone_number(string text) => Assert.False(PhoneNumber.TryParse(text, out _));

    [Theory]
    [InlineData("442071838750", "+442071838750")]
    [InlineData("5511987654321", "+5511987654321")]
    [InlineData("00442071838750", "+442071838750")]
    [InlineData("011 44 20 7183 8750", "+442071838750")]
    [InlineData("+44 (0)20 7183 8750", "+442071838750")]
    public void A_number_with_a_country_code_is_parsed_without_a_plus_sign(string text, string expected)
    {
        Assert.True(PhoneNumber.TryParse(text, out var number));
        Assert.Equal(expected, number.Value);
    }

    [Theory]
    [InlineData("+525512345678", "+5215512345678", "+52 1 55 1234 5678", "+52 044 55 1234 5678", "5215512345678", "+52 55 1234 5678")]
    [InlineData("+528112345678", "+5218112345678")]
    [InlineData("+526641234567", "+5216641234567")]
    [InlineData("+5511987654321", "+551187654321", "+55 (11) 8765-4321", "+55 11 98765-4321")]
    [InlineData("+5585991234567", "+558591234567")]
    [InlineData("+5531971234567", "+553171234567")]
    [InlineData("+5491123456789", "+541123456789", "+54 11 15 2345 6789", "+54 9 11 2345-6789")]
    [InlineData("+5492214567890", "+542214567890")]
    [InlineData("+2290197123456", "+22997123456")]
    public void The_two_spellings_of_one_mobile_number_are_one_number(string canonical, params string[] others)
    {
        foreach (var text in others.Append(canonical))
        {
            Assert.True(PhoneNumber.TryParse(text, out var number), text);
            Assert.Equal(canonical, number.Value);
        }
    }

    [Theory]
    [InlineData("+551132654321")]
    [InlineData("+552133654321")]
    [InlineData("+525512345678")]
    [InlineData("+12125550123")]
    [InlineData("+4915112345678")]
    public void A_number_with_one_spelling_keeps_it(string text)
    {
        Assert.True(PhoneNumber.TryParse(text, out var number));
        Assert.Equal(text, number.Value);
    }

    [Property]
    public bool The_canonical_form_is_parsed_to_itself(uint country, ulong digits, byte length)
    {
        int[] countries = [52, 55, 54, 229, 1, 44, 39];
        var national = string.Concat(Enumerable.Repeat($"{digits}", 2))[..Math.Min(length % 13, $"{digits}".Length * 2)];
        return !PhoneNumber.TryParse($"+{countries[country % countries.Length]}{national}", out var number)
            || (PhoneNumber.TryParse(number.Value, out var again) && again == number && !HiddenCaller.IsHidden(number.Value));
    }

    [Property]
    public bool A_Mexican_and_a_Brazilian_mobile_is_one_number_in_both_spellings(uint digits)
    {
        var number = $"{(digits % 8) + 2}{digits % 1_000_000_000:000000000}";
        var (area, line) = ($"{(digits % 9) + 1}{(digits / 9 % 9) + 1}", $"{(digits % 4) + 6}{digits % 10_000_000:0000000}");
        return AreSame($"+52{number}", $"+521{number}") && AreSame($"+55{area}{line}", $"+55{area}9{line}");

        static bool AreSame(string one, string other) =>
            PhoneNumber.TryParse(one, out var first) && PhoneNumber.TryParse(other, out var second) && first == second;
    }

    [Fact]
    public void A_formatted_number_shows_only_its_last_two_digits()
    {
        Assert.True(PhoneNumber.TryParse("+12025550123", out var number));
        Assert.Equal("+…23", $"{number}");
    }

    [Property]
    public bool Parsing_never_throws(string text) => !PhoneNumber.TryParse(text, out var number) || number.Value.StartsWith('+');
}
