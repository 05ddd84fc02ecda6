using JackAutomotive.ProviderSimulator.Scenarios.Calls;

namespace JackAutomotive.ProviderSimulator.Scenarios;

/// <summary>Every conversation that can be played.</summary>
internal static class CallScripts
{
    public static readonly IReadOnlyList<CallScript> All =
    [
        NewBuyer.Script,
        TradeIn.Script,
        CreditChallenged.Script,
        AngryCustomer.Script,
        Appointment.Script,
        WrongNumber.Script,
        Voicemail.Script,
    ];

    /// <summary>The names of all scripts, separated by commas, for help texts and error messages.</summary>
    public static string Names => string.Join(", ", All.Select(script => script.Name));

    /// <summary>Returns the script with this name, or null.</summary>
    public static CallScript? Find(string name) => All.FirstOrDefault(script => script.Name == name);
}
