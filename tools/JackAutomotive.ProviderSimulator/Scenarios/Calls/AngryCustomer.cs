using static JackAutomotive.ProviderSimulator.Scenarios.Line;

namespace JackAutomotive.ProviderSimulator.Scenarios.Calls;

/// <summary>A customer who was promised a call, never got it, and demands a human being.</summary>
internal static class AngryCustomer
{
    public static readonly CallScript Script = new("angry-customer")
    {
        Direction = CallDirection.Inbound,
        TerminationReason = "Call ended by remote party",
        CallSuccessful = "failure",
        Rationale = "The customer hung up without a next step.",
        Title = "Complaint about missing call backs",
        Summary = "{name} is upset: three promised call backs about the {vehicle} never happened, and the paperwork for the {trade} is "
            + "overdue. {first} demanded a manager and hung up. A person should call as soon as possible.",
        Collected = ["name", "vehicle_type", "trade_in"],
        Lines =
        [
            Interrupted("Hi, this is Jack with the", "Hi, this is Jack with the dealership. How can I help you today?"),
            Customer("Finally! This is ridiculous. I've been promised a call back three times and nobody ever calls!"),
            Agent("I'm really sorry about that. May I have your name so I can look into it?"),
            Customer("{name}! You should have it by now. I'm the one with the {trade} and the {vehicle} you keep \"preparing\"."),
            Ask("find_customer", """{"name":"{name}"}""", """{"found":false}"""),
            Interrupted(
                "I understand, {first}, and I can",
                "I understand, {first}, and I can set up a call with the sales team for tomorrow at ten."),
            Customer("No, no, no. I don't want another appointment with a machine. Get me your manager. Worst service ever."),
            Agent("I'll have a manager call you personally, today. Is this the best number?"),
            Customer("You have my number. If nobody calls within the hour I'm cancelling everything and posting a review."),
            Silence(),
        ],
    };
}
