using static JackAutomotive.ProviderSimulator.Scenarios.Line;

namespace JackAutomotive.ProviderSimulator.Scenarios.Calls;

/// <summary>The number belongs to a person who is not the lead and asks not to be called again.</summary>
internal static class WrongNumber
{
    public static readonly CallScript Script = new("wrong-number")
    {
        Direction = CallDirection.Outbound,
        TerminationReason = "end_call tool was called.",
        CallSuccessful = "failure",
        Rationale = "The person called is not the lead.",
        Title = "Wrong number",
        Summary = "The person who answered is not the lead, is not looking for a car and asked not to be called again.",
        Lines =
        [
            Agent("Hi, this is Jack with the dealership, am I speaking with {first}?"),
            Customer("Who? No, you've got the wrong number."),
            Agent("I'm sorry to bother you. I'll take this number off our list."),
            Customer("Please do. Don't call again."),
            HangUp("Wrong number."),
        ],
    };
}
