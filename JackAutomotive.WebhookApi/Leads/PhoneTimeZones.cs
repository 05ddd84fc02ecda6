using NodaTime;
using PhoneNumbers;

namespace JackAutomotive.WebhookApi.Leads;

/// <summary>Finds the time zone of a lead by the area code of the lead's number.</summary>
internal static class PhoneTimeZones
{
    /// <summary>
    /// Returns the time zone of a number. An area code can reach over a zone's border: then <paramref name="home"/> counts if it is one of the
    /// zones, otherwise the first of them. Returns <paramref name="home"/> for a number without a place, such as a toll-free number.
    /// </summary>
    public static DateTimeZone Find(string? phone, DateTimeZone home)
    {
        if (!PhoneNumber.TryParse(phone, out var number))
        {
            return home;
        }

        var parsed = PhoneNumberUtil.GetInstance().Parse(number.Value, null);
        var zones = PhoneNumberToTimeZonesMapper.GetInstance().GetTimeZonesForNumber(parsed)
            .Select(DateTimeZoneProviders.Tzdb.GetZoneOrNull)
            .OfType<DateTimeZone>()
            .ToList();
        return zones.Count == 0 || zones.Contains(home) || zones.Count > MaxZones ? home : zones[0];
    }

    // A number that may be anywhere in a large country, such as a toll-free number, lists all zones of the country.
    private const int MaxZones = 3;
}
