namespace JackAutomotive.ProviderSimulator.Scenarios;

/// <summary>The location of an area code. Twilio reports this location for a caller about whom Twilio knows nothing else.</summary>
internal sealed record Place(string AreaCode, string City, string State, string Zip)
{
    /// <summary>The places where invented people live.</summary>
    public static readonly IReadOnlyList<Place> All =
    [
        new("202", "Washington", "DC", "20001"),
        new("206", "Seattle", "WA", "98101"),
        new("303", "Denver", "CO", "80202"),
        new("312", "Chicago", "IL", "60601"),
        new("404", "Atlanta", "GA", "30303"),
        new("512", "Austin", "TX", "78701"),
        new("602", "Phoenix", "AZ", "85001"),
        new("614", "Columbus", "OH", "43215"),
        new("615", "Nashville", "TN", "37201"),
        new("617", "Boston", "MA", "02108"),
        new("704", "Charlotte", "NC", "28202"),
        new("816", "Kansas City", "MO", "64106"),
    ];

    /// <summary>Returns the place of a North American number, or null if <see cref="All"/> has no such area code.</summary>
    public static Place? OfNumber(string number) =>
        number.Length == 12 && number.StartsWith("+1", StringComparison.Ordinal)
            ? All.FirstOrDefault(place => number.AsSpan(2).StartsWith(place.AreaCode, StringComparison.Ordinal))
            : null;
}
