using System.Globalization;
using System.Text.RegularExpressions;

namespace JackAutomotive.ProviderSimulator.Scenarios;

/// <summary>An invented customer. Amounts are in whole dollars; recurring amounts are per month.</summary>
internal sealed partial record Person(
    string FirstName,
    string LastName,
    string Phone,
    Place? Home,
    string Street,
    DateOnly BirthDate,
    string MaritalStatus,
    string Employer,
    int EmployerYears,
    string EmploymentStatus,
    int MonthlyIncome,
    string Housing,
    int HousePayment,
    string CreditScore,
    string Vehicle,
    string TradeIn,
    int MonthlyBudget)
{
    public string Name => $"{FirstName} {LastName}";

    /// <summary>Belongs to a domain that is reserved for examples.</summary>
    public string Email => string.Create(CultureInfo.InvariantCulture, $"{LastName}.{BirthDate.Year}@example.com").ToLowerInvariant();

    public string Address => Home is null ? Street : $"{Street}, {Home.City}, {Home.State} {Home.Zip}";

    public string SpokenBirthDate => BirthDate.ToString("MMMM d, yyyy", CultureInfo.InvariantCulture);

    /// <summary>Fills the gaps of a script, such as <c>{first}</c> or <c>{vehicle}</c>, with this person's facts.</summary>
    /// <exception cref="FormatException">The script has a gap for an unknown fact.</exception>
    public string Fill(string template) => Gap().Replace(template, gap => gap.Groups[1].Value switch
    {
        "first" => FirstName,
        "name" => Name,
        "email" => Email,
        "address" => Address,
        "city" => Home?.City ?? "town",
        "birth" => SpokenBirthDate,
        "marital" => MaritalStatus,
        "employer" => Employer,
        "years" => EmployerYears.ToString(CultureInfo.InvariantCulture),
        "employment" => EmploymentStatus,
        "income" => MonthlyIncome.ToString(CultureInfo.InvariantCulture),
        "housing" => Housing,
        "housePayment" => HousePayment.ToString(CultureInfo.InvariantCulture),
        "score" => CreditScore,
        "vehicle" => Vehicle,
        "trade" => TradeIn,
        "budget" => MonthlyBudget.ToString(CultureInfo.InvariantCulture),
        var unknown => throw new FormatException($"A script asks for {{{unknown}}}, which a person does not have."),
    });

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Gap();
}
