using NodaTime;
using PhoneNumbers;

namespace JackAutomotive.WebhookApi.Leads;

/// <summary>Finds the time zones of a number by its area code.</summary>
internal static class PhoneTimeZones
{
    // A number that may be anywhere in a large country, such as a toll-free number, lists all zones of the country.
    private const int MaxZones = 3;

    private static readonly DateTimeZone[] s_anywhere =
        [.. AreaCodeZones.ContiguousUnitedStates.Select(id => DateTimeZoneProviders.Tzdb[id])];

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

    /// <summary>
    /// Returns every time zone in which people with such a number live. A number without a place, such as a toll-free number, and an unknown
    /// number may be anywhere in the contiguous United States.
    /// </summary>
    /// <param name="phone">The number; null for an address that is no phone number.</param>
    public static IReadOnlyList<DateTimeZone> FindAll(PhoneNumber? phone)
    {
        if (phone is not { } number)
        {
            return s_anywhere;
        }

        var isNorthAmerican = number.Value.StartsWith("+1", StringComparison.Ordinal);
        if (isNorthAmerican && number.Value.Length >= 5 && AreaCodeZones.Find(number.Value[2..5]) is { } known)
        {
            return [.. known.Select(id => DateTimeZoneProviders.Tzdb[id])];
        }

        var parsed = PhoneNumberUtil.GetInstance().Parse(number.Value, null);
        var zones = PhoneNumberToTimeZonesMapper.GetInstance().GetTimeZonesForNumber(parsed)
            .Select(DateTimeZoneProviders.Tzdb.GetZoneOrNull)
            .OfType<DateTimeZone>()
            .ToList();
        return zones.Count == 0 || (isNorthAmerican && zones.Count > MaxZones) ? s_anywhere : zones;
    }
}
