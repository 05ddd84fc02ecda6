using System.Text.Json.Nodes;
using JackAutomotive.ProviderSimulator.Scenarios;

namespace JackAutomotive.ProviderSimulator.ElevenLabs;

/// <summary>
/// The fifteen fields that the agent is configured to collect. Every result contains all fields; a field that the conversation does not
/// mention is null.
/// </summary>
internal static class DataCollection
{
    private static readonly Field[] s_fields =
    [
        new("name", "string", "The customer's full name", p => p.Name),
        new("email", "string", "The customer's e-mail address", p => p.Email),
        new("address", "string", "Street, city and state", p => p.Address),
        new("date_of_birth", "string", "Date of birth", p => p.SpokenBirthDate),
        new("marital_status", "string", "Single, married, divorced or widowed", p => p.MaritalStatus),
        new("employer", "string", "Where the customer works", p => p.Employer),
        new("employer_duration", "string", "How long the customer has worked there", p => $"{p.EmployerYears} years"),
        new("employment_status", "string", "Full time, part time, self-employed or retired", p => p.EmploymentStatus),
        new("monthly_income", "string", "Gross income a month", p => $"${p.MonthlyIncome}"),
        new("housing_situation", "string", "Rents, owns or lives with family", p => p.Housing),
        new("house_payment", "number", "Rent or mortgage a month, in dollars", p => p.HousePayment),
        new("credit_score", "string", "Credit score, in the customer's words", p => p.CreditScore),
        new("vehicle_type", "string", "The vehicle that the customer wants", p => p.Vehicle),
        new("trade_in", "string", "The vehicle that the customer would trade in", p => p.TradeIn),
        new("monthly_payment_budget", "string", "What the customer can pay a month", p => $"${p.MonthlyBudget}"),
    ];

    /// <summary>The ids of the fields.</summary>
    public static IEnumerable<string> Ids => s_fields.Select(f => f.Id);

    /// <summary>ElevenLabs' map from id to result, with a value for each of the <paramref name="collected"/> ids.</summary>
    public static JsonObject Results(Person person, IReadOnlyCollection<string> collected)
    {
        var results = new JsonObject();
        foreach (var field in s_fields)
        {
            var known = collected.Contains(field.Id);
            results[field.Id] = new JsonObject
            {
                ["data_collection_id"] = field.Id,
                ["value"] = known ? field.Value(person) : null,
                ["json_schema"] = new JsonObject { ["type"] = field.Type, ["description"] = field.Description },
                ["rationale"] = known ? "The customer said so in the conversation." : "The conversation does not mention it.",
            };
        }

        return results;
    }

    private sealed record Field(string Id, string Type, string Description, Func<Person, JsonNode?> Value);
}
