using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.Tests.Leads;

public class HiddenCallerTests
{
    /// <summary>What providers send in place of a hidden number.</summary>
    public static TheoryData<string?> Spellings { get; } =
    [
        (string?)null, "", " ", "\t\r\n", "+", "-", "?", "0", "+0", "0000000000", "+10000000000", "+1111111111", "9999999999",
        "anonymous", "Anonymous", "ANONYMOUS", "+anonymous", " anonymous ", "Anonymous Caller",
        "restricted", "Restricted", "RESTRICTED", "unknown", "Unknown", "Unknown Caller", "unavailable", "Unavailable", "Not Available",
        "private", "Private", "PRIVATE NUMBER", "private-number", "blocked", "Blocked", "Caller ID Blocked", "BLOCKED_NUMBER",
        "withheld", "Withheld", "Number Withheld", "No Caller ID", "no_number", "hidden", "null", "None", "undefined", "N/A",
        "Anonyme", "Desconocido",
        "266696687", "+266696687", "+1266696687", "7378742833", "+7378742833", "17378742833", "+17378742833", "+1 737-874-2833", "(737) 874-2833",
        "737874283", "+737874283", "2562533", "+2562533", "8656696", "+8656696", "8566696", "86282452253", "+86282452253", "7748283", "+7748283",
        "94844353", "+94844353", "２６６６９６６８７",
    ];

    [Theory]
    [MemberData(nameof(Spellings))]
    public void A_placeholder_for_a_hidden_caller_is_recognized_and_is_no_number_and_no_address(string? text)
    {
        Assert.True(HiddenCaller.IsHidden(text));
        Assert.False(PhoneNumber.TryParse(text, out _));
        Assert.False(ChannelAddress.TryParseSender(text, out _));
        Assert.False(ChannelAddress.TryParse($"sip:{text}@203.0.113.7", out _));
        Assert.False(ChannelAddress.TryParse($"whatsapp:{text}", out _));
    }

    [Theory]
    [InlineData("sip:anonymous@anonymous.invalid")]
    [InlineData("SIP:Anonymous@Anonymous.Invalid")]
    [InlineData("sip:jack@anonymous.invalid")]
    [InlineData("\"Anonymous\" <sip:anonymous@anonymous.invalid>")]
    [InlineData("sip:restricted@example.com:5060;transport=udp")]
    [InlineData("sips:unknown@example.com")]
    [InlineData("sip:+266696687@example.com;user=phone")]
    [InlineData("sip:%2B266696687@example.com")]
    [InlineData("sip:@example.com")]
    [InlineData("sip:example.com")]
    [InlineData("client:anonymous")]
    [InlineData("client:Anonymous")]
    [InlineData("tel:anonymous")]
    [InlineData("tel:+266696687")]
    [InlineData("rcs:")]
    public void A_hidden_caller_with_a_channel_has_no_address(string text) => Assert.False(ChannelAddress.TryParseSender(text, out _));

    [Theory]
    [InlineData("+12025550115")]
    [InlineData("2025550115")]
    [InlineData("+12666966870")]
    [InlineData("+17378742834")]
    [InlineData("Private Motors")]
    [InlineData("AMAZON")]
    [InlineData("72404")]
    public void Another_text_is_not_a_placeholder(string text) => Assert.False(HiddenCaller.IsHidden(text));

    [Property]
    public bool Recognition_never_throws(string text) => HiddenCaller.IsHidden(text) || text.Length > 0;

    [Property]
    public bool Case_and_separators_do_not_matter(PositiveInt seed)
    {
        string[] words = ["anonymous", "restricted", "unknown", "unavailable", "private", "blocked", "withheld", "266696687", "7378742833"];
        var random = new Random(seed.Get);
        var word = words[random.Next(words.Length)];
        var cased = string.Concat(word.Select(c => random.Next(2) == 0 ? char.ToUpperInvariant(c) : c));
        return HiddenCaller.IsHidden($"{(random.Next(2) == 0 ? "+" : " ")}{cased}{(random.Next(2) == 0 ? " " : "")}");
    }
}
