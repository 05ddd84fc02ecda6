using JackAutomotive.WebhookApi.Leads;
using NodaTime;

namespace JackAutomotive.Tests.Leads;

/// <summary>All time zones in which people with a number may live.</summary>
public sealed class AreaCodeZonesTests
{
    private const string Anywhere = "America/New_York America/Chicago America/Denver America/Phoenix America/Los_Angeles";

    [Theory]
    [InlineData("+12125550115", "America/New_York")]
    [InlineData("+14805550115", "America/Phoenix")]
    [InlineData("+18085550115", "Pacific/Honolulu")]
    [InlineData("+14025550115", "America/Chicago")]
    [InlineData("+19315550115", "America/Chicago")]
    [InlineData("+19155550115", "America/Denver")]
    [InlineData("+16045550115", "America/Vancouver")]
    [InlineData("+17055550115", "America/Toronto")]
    [InlineData("+13405550115", "America/St_Thomas")]
    [InlineData("+17875550115", "America/Puerto_Rico")]
    [InlineData("+525512345678", "America/Mexico_City")]
    public void A_number_of_an_area_code_within_one_zone_has_this_zone(string phone, string zone) => Assert.Equal([zone], Zones(phone));

    [Theory]
    [InlineData("850 448 270 364 606 423 812 930 219 574 906", "America/New_York America/Chicago")]
    [InlineData("701 605 308 785 620", "America/Chicago America/Denver")]
    [InlineData("208 986 541 458 775", "America/Denver America/Los_Angeles")]
    [InlineData("928", "America/Phoenix America/Denver")]
    [InlineData("907", "America/Anchorage America/Adak")]
    [InlineData("709 879", "America/St_Johns America/Goose_Bay")]
    [InlineData("306 639 474", "America/Regina America/Edmonton")]
    [InlineData("418 581 367", "America/Toronto America/Halifax America/Blanc-Sablon")]
    [InlineData("807", "America/Toronto America/Winnipeg America/Atikokan")]
    public void An_area_code_that_reaches_over_a_border_and_its_overlays_have_all_its_zones(string areaCodes, string zones) =>
        Assert.All(areaCodes.Split(' '), code => Assert.Equal(zones.Split(' ').Order(), Zones($"+1{code}5550115").Order()));

    [Theory]
    [InlineData("250 236 672 778", "America/Vancouver")]
    [InlineData("250 236 672 778", "America/Edmonton")]
    [InlineData("867", "America/Whitehorse")]
    [InlineData("867", "America/Toronto")]
    public void British_Columbia_and_the_territories_have_several_zones(string areaCodes, string zone) =>
        Assert.All(areaCodes.Split(' '), code => Assert.Contains(zone, Zones($"+1{code}5550115")));

    [Theory]
    [InlineData("+18005550115")]
    [InlineData("+18885550115")]
    [InlineData("+18335550115")]
    [InlineData("+15005550115")]
    [InlineData("+12005550115")]
    [InlineData("+870773111632")]
    public void A_toll_free_or_unknown_number_may_be_anywhere_in_the_contiguous_states(string phone) => Assert.Equal(Anywhere.Split(' '), Zones(phone));

    [Fact]
    public void An_address_that_is_no_number_may_be_anywhere_in_the_contiguous_states() =>
        Assert.Equal(Anywhere.Split(' '), PhoneTimeZones.FindAll(null).Select(zone => zone.Id));

    [Fact]
    public void Every_area_code_of_North_America_has_zones_that_exist()
    {
        for (var code = 200; code < 1000; code++)
        {
            Assert.All(Zones($"+1{code}5550115"), zone => Assert.NotNull(DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone)));
        }
    }

    private static IReadOnlyList<string> Zones(string phone)
    {
        Assert.True(PhoneNumber.TryParse(phone, out var number));
        return [.. PhoneTimeZones.FindAll(number).Select(zone => zone.Id)];
    }
}
