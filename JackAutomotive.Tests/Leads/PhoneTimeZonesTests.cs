using JackAutomotive.WebhookApi.Leads;
using NodaTime;

namespace JackAutomotive.Tests.Leads;

public sealed class PhoneTimeZonesTests
{
    private static readonly DateTimeZone s_home = DateTimeZoneProviders.Tzdb["America/Denver"];

    [Theory]
    [InlineData("+12125550115", "America/New_York")]
    [InlineData("+13125550115", "America/Chicago")]
    [InlineData("+16045550115", "America/Vancouver")]
    [InlineData("+442079460018", "Europe/London")]
    [InlineData("+18005550115", "America/Denver")]
    [InlineData("", "America/Denver")]
    [InlineData(null, "America/Denver")]
    [InlineData("not a number", "America/Denver")]
    public void The_time_zone_of_a_lead_follows_from_the_area_code_and_else_is_the_dealerships(string? phone, string zone) =>
        Assert.Equal(zone, PhoneTimeZones.Find(phone, s_home).Id);
}
