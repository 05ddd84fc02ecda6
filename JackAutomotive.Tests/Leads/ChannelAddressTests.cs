using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.Tests.Leads;

public class ChannelAddressTests
{
    [Theory]
    [InlineData("+12025550115")]
    [InlineData("whatsapp:+12025550115")]
    [InlineData("WhatsApp:+12025550115")]
    [InlineData("WHATSAPP:+1 (202) 555-0115")]
    [InlineData("whatsapp: +12025550115 ")]
    [InlineData("whatsapp:12025550115")]
    [InlineData("rcs:+12025550115")]
    [InlineData("RCS:+12025550115")]
    [InlineData("rcs:12025550115")]
    [InlineData("messenger:+12025550115")]
    [InlineData("viber:+12025550115")]
    [InlineData("tel:+1-202-555-0115;ext=5")]
    [InlineData("sip:+12025550115@sip.example.com")]
    [InlineData("sip:+12025550115@sip.example.com:5061;transport=tls")]
    [InlineData("sips:12025550115@sip.example.com")]
    [InlineData("sip:%2B12025550115@sip.example.com")]
    [InlineData("\"Jane Doe\" <sip:+12025550115@sip.example.com>")]
    [InlineData("client:+12025550115")]
    public void A_number_inside_an_address_is_that_number(string text)
    {
        Assert.True(ChannelAddress.TryParse(text, out var address));
        Assert.Equal(("phone", "+12025550115", true), (address.Kind, address.Address, address.CanReceive));
        Assert.Equal("+12025550115", address.Phone?.Value);
    }

    [Theory]
    [InlineData("messenger:123", "messenger", "123", true)]
    [InlineData("Messenger:24681012141618", "messenger", "24681012141618", true)]
    [InlineData("messenger:12025550115", "messenger", "12025550115", true)]
    [InlineData("rcs:acme_agent_7", "rcs", "acme_agent_7", true)]
    [InlineData("whatsapp:US.13491208655302741918", "whatsapp", "US.13491208655302741918", true)]
    [InlineData("whatsapp:105954558954427", "whatsapp", "105954558954427", true)]
    [InlineData("instagram:abc", "instagram", "abc", true)]
    [InlineData("client:Alice", "client", "Alice", false)]
    [InlineData("sip:Jack@Example.COM:5060;transport=udp", "sip", "Jack@example.com", false)]
    [InlineData("sip:1001@pbx.example.com", "sip", "1001@pbx.example.com", false)]
    public void An_address_without_a_number_is_an_address_of_its_channel(string text, string kind, string value, bool canReceive)
    {
        Assert.True(ChannelAddress.TryParse(text, out var address));
        Assert.Equal((kind, value, canReceive), (address.Kind, address.Address, address.CanReceive));
        Assert.Null(address.Phone);
    }

    [Theory]
    [InlineData("AMAZON", "AMAZON")]
    [InlineData("Amazon", "AMAZON")]
    [InlineData("My Shop-24", "MY SHOP-24")]
    [InlineData("Märkte", "MÄRKTE")]
    [InlineData("72404", "72404")]
    [InlineData("+72404", "72404")]
    [InlineData("262966", "262966")]
    [InlineData("611", "611")]
    public void A_name_and_a_short_code_are_senders_that_cannot_receive(string text, string expected)
    {
        Assert.False(ChannelAddress.TryParse(text, out _));
        Assert.True(ChannelAddress.TryParseSender(text, out var address));
        Assert.Equal(("sender", expected, false), (address.Kind, address.Address, address.CanReceive));
    }

    [Theory]
    [InlineData("+12025550")]
    [InlineData("5550115")]
    [InlineData("whatsapp:+12025550")]
    [InlineData("rcs:+9991234567")]
    [InlineData("sip:+12025550@example.com")]
    [InlineData("+1202555XXXX")]
    [InlineData("+1202555****")]
    [InlineData("whatsapp:")]
    [InlineData("tel:")]
    [InlineData("sms:AMAZON")]
    public void A_number_that_nobody_can_dial_is_no_address(string text) => Assert.False(ChannelAddress.TryParseSender(text, out _));

    [Theory]
    [InlineData("+12025550115", "sms", "+12025550115")]
    [InlineData("+12025550115", "whatsapp", "whatsapp:+12025550115")]
    [InlineData("whatsapp:+12025550115", "sms", "+12025550115")]
    [InlineData("messenger:123", "messenger", "messenger:123")]
    public void An_answer_goes_to_the_address_on_the_channel_of_the_text(string text, string channel, string expected)
    {
        Assert.True(ChannelAddress.TryParse(text, out var address));
        Assert.Equal(expected, address.ToRecipient(channel));
    }

    [Theory]
    [InlineData("whatsapp:+12025550115", "whatsapp")]
    [InlineData("RCS:agent", "rcs")]
    [InlineData("+12025550115", null)]
    [InlineData("AMAZON", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void The_prefix_names_the_channel_in_lower_case(string? text, string? expected) =>
        Assert.Equal(expected, ChannelAddress.FindChannel(text));

    [Fact]
    public void A_formatted_address_shows_nothing_of_the_person()
    {
        Assert.True(ChannelAddress.TryParse("messenger:24681012141618", out var address));
        Assert.Equal("messenger:…", $"{address}");
    }

    [Property(MaxTest = 1000)]
    public bool Parsing_never_throws_and_the_text_of_an_address_is_parsed_to_the_same_address(string text) => IsStable(text);

    // Random texts seldom contain the characters that matter here.
    [Property(MaxTest = 5000)]
    public bool Every_mixture_of_parts_is_parsed_to_a_stable_address(PositiveInt seed)
    {
        string[] parts =
        [
            "whatsapp:", "WhatsApp:", "rcs:", "messenger:", "sip:", "sips:", "client:", "tel:", "x:", "+", "12025550115", "5215512345678",
            "@", "example.com", ";", "?", "<", ">", "\"", " ", "anonymous", "%2B", "%41", "123", "é", "//", ":", "266696687",
            "AMAZON", "\0", "\ud83d",
        ];
        var random = new Random(seed.Get);
        return IsStable(string.Concat(Enumerable.Range(0, random.Next(7)).Select(_ => parts[random.Next(parts.Length)])));
    }

    private static bool IsStable(string? text) =>
        !ChannelAddress.TryParseSender(text, out var address)
        || (address.Address.Length > 0
            && ChannelAddress.TryParseSender(address.Text, out var again) && again == address
            && (address.Phone is null || (ChannelAddress.TryParse(address.ToRecipient("whatsapp"), out var recipient) && recipient == address)));
}
