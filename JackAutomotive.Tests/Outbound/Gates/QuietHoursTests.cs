using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Outbound.Gates;
using NodaTime;

namespace JackAutomotive.Tests.Outbound.Gates;

/// <summary>When people may be contacted, for many zones and moments, against local times that .NET computes.</summary>
public sealed class QuietHoursTests
{
    // Zones with and without daylight saving time, with half an hour of it, with odd offsets, and on both sides of the date line.
    private static readonly string[] s_zones =
    [
        "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles", "America/Anchorage", "America/Adak",
        "Pacific/Honolulu", "America/St_Johns", "America/Puerto_Rico", "Europe/London", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe",
        "Pacific/Auckland", "Pacific/Kiritimati",
    ];

    [Theory]
    [InlineData("America/New_York", "2026-11-23T12:59:59Z", "2026-11-23T13:00:00Z")]
    [InlineData("America/New_York", "2026-11-23T13:00:00Z", null)]
    [InlineData("America/New_York", "2026-11-24T01:59:59.9999999Z", null)]
    [InlineData("America/New_York", "2026-11-24T02:00:00Z", "2026-11-24T13:00:00Z")]
    [InlineData("America/New_York", "2026-03-08T02:00:00Z", "2026-03-08T12:00:00Z")]
    [InlineData("America/New_York", "2026-11-01T01:00:00Z", "2026-11-01T13:00:00Z")]
    [InlineData("America/New_York", "2026-11-01T05:30:00Z", "2026-11-01T13:00:00Z")]
    [InlineData("America/New_York America/Los_Angeles", "2026-11-23T13:00:00Z", "2026-11-23T16:00:00Z")]
    [InlineData("America/New_York America/Los_Angeles", "2026-11-23T16:00:00Z", null)]
    [InlineData("America/New_York America/Los_Angeles", "2026-11-24T02:30:00Z", "2026-11-24T16:00:00Z")]
    [InlineData("America/Phoenix America/Denver", "2026-07-01T14:30:00Z", "2026-07-01T15:00:00Z")]
    public void The_hours_from_eight_up_to_but_not_including_nine_in_the_evening_are_allowed_in_every_zone(string zones, string at, string? opensAt)
    {
        var verdict = QuietHours.Decide(Zones(zones.Split(' ')), Time(at), AllowedHours.Default);

        Assert.Equal(opensAt is null, verdict.Allowed);
        Assert.Equal(opensAt is null ? null : Time(opensAt), verdict.OpensAt);
        Assert.NotEmpty(verdict.Reason);
    }

    [Property(MaxTest = 500)]
    public void The_first_allowed_moment_is_allowed_and_none_before_it_is(int seed)
    {
        var random = new Random(seed);
        var zones = random.GetItems(s_zones, random.Next(1, 4));
        var at = RandomMoment(random);

        var verdict = QuietHours.Decide(Zones(zones), at, AllowedHours.Default);

        Assert.Equal(IsAllowed(zones, at), verdict.Allowed);
        Assert.Equal(verdict.Allowed, verdict.OpensAt is null && verdict.Allowed);
        if (verdict.OpensAt is { } opensAt)
        {
            Assert.True(opensAt > at);
            Assert.True(IsAllowed(zones, opensAt), $"{string.Join(',', zones)}: {opensAt:O} is not allowed");
            Assert.False(IsAllowed(zones, opensAt.AddTicks(-1)), $"{string.Join(',', zones)}: {opensAt:O} is not the first");
            Assert.DoesNotContain(QuarterHours(at, opensAt), moment => IsAllowed(zones, moment));
            Assert.True(QuietHours.Decide(Zones(zones), opensAt, AllowedHours.Default).Allowed);
        }
        else if (!verdict.Allowed)
        {
            Assert.DoesNotContain(QuarterHours(at, at.AddDays(7)), moment => IsAllowed(zones, moment));
        }
    }

    [Property(MaxTest = 200)]
    public void Another_zone_never_allows_more_and_narrower_hours_never_allow_more(int seed)
    {
        var random = new Random(seed);
        var zones = random.GetItems(s_zones, 2);
        var at = RandomMoment(random);
        var narrow = new AllowedHours(new LocalTime(9, 30), new LocalTime(20, 0));

        var one = QuietHours.Decide(Zones(zones[0]), at, AllowedHours.Default);
        var both = QuietHours.Decide(Zones(zones), at, AllowedHours.Default);

        Assert.True(one.Allowed || !both.Allowed);
        Assert.True(one.Allowed || !QuietHours.Decide(Zones(zones[0]), at, narrow).Allowed);
    }

    [Fact]
    public void Zones_without_a_common_allowed_hour_never_open()
    {
        var verdict = QuietHours.Decide(Zones("Pacific/Honolulu", "Europe/Paris"), Time("2026-07-01T12:00:00Z"), new(new(8, 0), new(13, 0)));

        Assert.False(verdict.Allowed);
        Assert.Null(verdict.OpensAt);
    }

    [Fact]
    public void The_reason_names_the_zone_whose_time_is_decisive_and_all_zones_that_count()
    {
        var verdict = QuietHours.Decide(Zones("America/Chicago", "America/New_York"), Time("2026-11-24T02:30:00Z"), AllowedHours.Default);

        Assert.Equal(
            "It is 21:30 in America/New_York. Contact is allowed from 08:00 to 21:00 in all of America/Chicago, America/New_York.", verdict.Reason);
    }

    // Half of the moments are near the changes of the clocks in North America.
    private static DateTimeOffset RandomMoment(Random random)
    {
        DateTimeOffset[] changes = [Time("2026-03-08T09:00:00Z"), Time("2026-11-01T08:00:00Z"), Time("2025-03-09T09:00:00Z"), Time("2025-11-02T08:00:00Z")];
        return random.Next(2) == 0
            ? changes[random.Next(changes.Length)].AddSeconds(random.Next(-200_000, 200_000))
            : Time("2025-01-01T00:00:00Z").AddSeconds(random.Next(0, 2 * 365 * 86_400));
    }

    private static IEnumerable<DateTimeOffset> QuarterHours(DateTimeOffset from, DateTimeOffset until)
    {
        for (var moment = from; moment < until; moment = moment.AddMinutes(15))
        {
            yield return moment;
        }
    }

    private static bool IsAllowed(string[] zones, DateTimeOffset at) => zones.All(zone =>
        TimeZoneInfo.ConvertTime(at, TimeZoneInfo.FindSystemTimeZoneById(zone)).TimeOfDay is var time
            && time >= TimeSpan.FromHours(8) && time < TimeSpan.FromHours(21));

    private static List<DateTimeZone> Zones(params string[] ids) => [.. ids.Select(id => DateTimeZoneProviders.Tzdb[id])];

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
