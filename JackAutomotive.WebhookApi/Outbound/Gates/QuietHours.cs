using NodaTime;
using NodaTime.Text;

namespace JackAutomotive.WebhookApi.Outbound.Gates;

/// <summary>The time of day at which people may be contacted.</summary>
/// <param name="From">The first allowed time of day.</param>
/// <param name="Until">The time of day from which contact is no longer allowed.</param>
internal sealed record AllowedHours(LocalTime From, LocalTime Until)
{
    /// <summary>From 08:00:00 up to, but not including, 21:00:00 (47 CFR 64.1200(c)).</summary>
    public static readonly AllowedHours Default = new(new LocalTime(8, 0), new LocalTime(21, 0));

    public bool Contains(LocalTime time) => time >= From && time < Until;
}

/// <summary>Whether a moment is within the allowed hours of all zones.</summary>
/// <param name="Allowed">True if the hours are not quiet.</param>
/// <param name="OpensAt">The first allowed moment after a quiet one; null if the moment is allowed, or if no moment ever is.</param>
/// <param name="Reason">The decisive local time, in words.</param>
internal sealed record QuietHoursVerdict(bool Allowed, DateTimeOffset? OpensAt, string Reason);

/// <summary>
/// Nobody is contacted at night. A number whose zone is not certain may be contacted only when all its possible zones allow it. Pure; the rules of the
/// time zones come with NodaTime, so they do not depend on the machine.
/// </summary>
internal static class QuietHours
{
    // Zones with no common allowed hour do not occur. The limit ends the search if they ever do.
    private static readonly Duration s_horizon = Duration.FromDays(8);

    private static readonly LocalTimePattern s_pattern = LocalTimePattern.CreateWithInvariantCulture("HH:mm");

    /// <summary>Decides whether a moment is allowed, and if not, when the first allowed moment is.</summary>
    public static QuietHoursVerdict Decide(IReadOnlyCollection<DateTimeZone> zones, DateTimeOffset at, AllowedHours hours)
    {
        var start = Instant.FromDateTimeOffset(at);
        var quiet = zones.FirstOrDefault(zone => !hours.Contains(start.InZone(zone).TimeOfDay));
        var span = $"{s_pattern.Format(hours.From)} to {s_pattern.Format(hours.Until)}";
        if (quiet is null)
        {
            return new QuietHoursVerdict(true, null, $"It is between {span} in {Describe(zones)}.");
        }

        var opensAt = FindOpening(zones, start, hours)?.ToDateTimeOffset();
        var local = s_pattern.Format(start.InZone(quiet).TimeOfDay);
        return new QuietHoursVerdict(
            false, opensAt, $"It is {local} in {quiet.Id}. Contact is allowed from {span} in {Describe(zones)}.");
    }

    // Each zone moves the moment to its own next allowed one, until no zone has an objection.
    private static Instant? FindOpening(IReadOnlyCollection<DateTimeZone> zones, Instant start, AllowedHours hours)
    {
        var moment = start;
        while (moment - start < s_horizon)
        {
            var next = zones.Max(zone => FindOpening(zone, moment, hours));
            if (next == moment)
            {
                return moment;
            }

            moment = next;
        }

        return null;
    }

    // Between two transitions a zone has one offset, so its local times are without gaps and repetitions there.
    private static Instant FindOpening(DateTimeZone zone, Instant moment, AllowedHours hours)
    {
        while (true)
        {
            var interval = zone.GetZoneInterval(moment);
            var local = moment.WithOffset(interval.WallOffset).LocalDateTime;
            if (hours.Contains(local.TimeOfDay))
            {
                return moment;
            }

            var day = local.TimeOfDay < hours.From ? local.Date : local.Date.PlusDays(1);
            var opening = day.At(hours.From).WithOffset(interval.WallOffset).ToInstant();
            if (!interval.HasEnd || opening < interval.End)
            {
                return opening;
            }

            moment = interval.End;
        }
    }

    private static string Describe(IReadOnlyCollection<DateTimeZone> zones) =>
        zones.Count == 1 ? zones.First().Id : $"all of {string.Join(", ", zones.Select(zone => zone.Id))}";
}
