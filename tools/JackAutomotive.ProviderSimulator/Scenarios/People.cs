using System.Globalization;

namespace JackAutomotive.ProviderSimulator.Scenarios;

/// <summary>Invents customers. Their numbers end in 555-0101 to 555-0199. That range is reserved for fiction.</summary>
internal static class People
{
    /// <summary>The number of different telephone numbers.</summary>
    public static readonly int MaxDistinct = Place.All.Count * NumbersPerPlace;

    // 555-0100 belongs to the dealership.
    private const int NumbersPerPlace = 99;

    private static readonly string[] s_firstNames =
    [
        "Avery", "Blair", "Carmen", "Dana", "Elliot", "Farrah", "Gideon", "Harper", "Imani", "Joaquín", "Kendra", "Lowell", "Marisol",
        "Nadia", "Orson", "Priya", "Quincy", "Renée", "Silas", "Tamsin", "Umberto", "Verity", "Wendell", "Ximena", "Yusuf", "Zelda",
    ];

    private static readonly string[] s_lastNames =
    [
        "Ashdown", "Birchfield", "Calloway", "Dunmore", "Eastlake", "Fenwick", "Garrity", "Holloway", "Inverness", "Jessup", "Kirkbride",
        "Larkspur", "Merriweather", "Northcott", "Oakhurst", "Pemberly", "Quillfeather", "Ravensworth", "Stillwater", "Thornbury",
        "Underhill", "Vantongeren", "Wexcombe", "Yarrowby",
    ];

    private static readonly string[] s_streets =
        ["Alder Lane", "Beacon Street", "Cobbler's Row", "Dovecote Drive", "Elm Hollow", "Foundry Road"];

    private static readonly string[] s_employers =
        ["Harbor Street Bakery", "Lakeside Dental", "Copper Kettle Diner", "Greenfield Schools", "Tallgrass Freight", "Brightwater Clinic"];

    private static readonly string[] s_vehicles =
        ["Honda CR-V", "Toyota RAV4 Hybrid", "Ford F-150", "Kia Telluride", "Subaru Outback", "Chevrolet Equinox", "Hyundai Elantra"];

    private static readonly string[] s_tradeIns =
        ["2014 Honda Civic", "2016 Ford Escape", "2012 Toyota Camry", "2018 Nissan Rogue", "2015 Jeep Cherokee"];

    private static readonly string[] s_scores =
        ["around 580", "low 600s", "about 650", "720 last time I looked", "I don't know, not great"];

    /// <summary>Invents the person with <paramref name="number"/>, or with a random fictional number if <paramref name="number"/> is null.</summary>
    public static Person Invent(Random random, string? number = null)
    {
        var phone = number ?? NumberAt(random.Next(MaxDistinct));
        return new Person(
            FirstName: random.Pick(s_firstNames),
            LastName: random.Pick(s_lastNames),
            Phone: phone,
            Home: Place.OfNumber(phone),
            Street: string.Create(CultureInfo.InvariantCulture, $"{random.Next(10, 990)} {random.Pick(s_streets)}"),
            BirthDate: new DateOnly(1958, 1, 1).AddDays(random.Next(45 * 365)),
            MaritalStatus: random.Pick(["single", "married", "divorced"]),
            Employer: random.Pick(s_employers),
            EmployerYears: random.Next(2, 15),
            EmploymentStatus: random.Pick(["full time", "part time", "self-employed"]),
            MonthlyIncome: random.Next(22, 90) * 100,
            Housing: random.Pick(["rents", "owns", "lives with family"]),
            HousePayment: random.Next(6, 24) * 100,
            CreditScore: random.Pick(s_scores),
            Vehicle: random.Pick(s_vehicles),
            TradeIn: random.Pick(s_tradeIns),
            MonthlyBudget: random.Next(25, 75) * 10);
    }

    /// <summary>Invents <paramref name="count"/> people with different numbers, at most <see cref="MaxDistinct"/>.</summary>
    public static IReadOnlyList<Person> InventDistinct(Random random, int count)
    {
        var numbers = Enumerable.Range(0, MaxDistinct).ToArray();
        random.Shuffle(numbers);
        return [.. numbers.Take(count).Select(number => Invent(random, NumberAt(number)))];
    }

    private static string NumberAt(int index) => string.Create(
        CultureInfo.InvariantCulture, $"+1{Place.All[index / NumbersPerPlace].AreaCode}55501{(index % NumbersPerPlace) + 1:00}");
}
