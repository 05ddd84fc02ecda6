using JackAutomotive.WebhookApi.Consent;

namespace JackAutomotive.Tests.Consent;

/// <summary>What the words of carriers mean.</summary>
public sealed class TextConsentTests
{
    [Theory]
    [InlineData(TextConsentMeaning.OptOut, "STOP|stop|Stop.| STOP! |\"STOP\"|STOPALL|Stop all|UNSUBSCRIBE|cancel|END|quit|OPTOUT|Opt-out|opt out|revoke|ＳＴＯＰ|STOP 🛑|S.T.O.P")]
    [InlineData(TextConsentMeaning.OptIn, "START|start.|Unstop| UNSTOP ")]
    [InlineData(TextConsentMeaning.OptInIfOptedOut, "YES|yes!|Yes")]
    [InlineData(TextConsentMeaning.Help, "HELP|info|Help?")]
    [InlineData(TextConsentMeaning.None, "stop by at five|Please don't end this|cancel my visit|yes please|help me|started|the end|||can cel it|startup|no|👍|12345")]
    internal void A_keyword_counts_only_as_the_whole_text(TextConsentMeaning expected, string bodies) =>
        Assert.All(bodies.Split('|'), body => Assert.Equal((body, expected), (body, TextConsent.Read(body, null, false).Meaning)));

    [Theory]
    [InlineData("Basta", "STOP", TextConsentMeaning.OptOut)]
    [InlineData("Basta", "stop", TextConsentMeaning.OptOut)]
    [InlineData("JOIN", "START", TextConsentMeaning.OptIn)]
    [InlineData("AYUDA", "HELP", TextConsentMeaning.Help)]
    [InlineData("STOP", "START", TextConsentMeaning.OptOut)]
    [InlineData("STOP", "HELP", TextConsentMeaning.OptOut)]
    [InlineData("YES", "START", TextConsentMeaning.OptIn)]
    [InlineData("hello", "SOMETHING", TextConsentMeaning.None)]
    internal void What_Twilio_understood_counts_and_a_word_that_ends_contact_counts_most(string body, string optOutType, TextConsentMeaning expected) =>
        Assert.Equal(expected, TextConsent.Read(body, optOutType, false).Meaning);

    [Fact]
    public void Yes_to_a_toll_free_number_is_only_an_answer() =>
        Assert.Equal(TextConsentMeaning.None, TextConsent.Read("YES", null, isTollFree: true).Meaning);

    [Fact]
    public void Half_of_a_surrogate_pair_is_no_keyword() => Assert.Equal(TextConsentMeaning.None, TextConsent.Read("\ud800", null, false).Meaning);
}
