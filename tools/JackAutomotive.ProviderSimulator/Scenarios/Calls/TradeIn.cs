using static JackAutomotive.ProviderSimulator.Scenarios.Line;

namespace JackAutomotive.ProviderSimulator.Scenarios.Calls;

/// <summary>An owner who wants to know what the old car is worth before talking about a new one.</summary>
internal static class TradeIn
{
    public static readonly CallScript Script = new("trade-in")
    {
        Direction = CallDirection.Inbound,
        TerminationReason = "Call ended by remote party",
        CallSuccessful = "success",
        Rationale = "An estimate was given and pictures were promised.",
        Title = "Trade-in of a {trade}",
        Summary = "{name} wants to trade a {trade} for a {vehicle}. Jack gave a range, subject to inspection, and asked for pictures by "
            + "text. The payment should not be above ${budget} a month.",
        Collected = ["name", "vehicle_type", "trade_in", "monthly_payment_budget"],
        Lines =
        [
            Agent("Hi, this is Jack with the dealership. How can I help you today?"),
            Customer("Yeah, hi. What would you give me for a {trade}?"),
            Agent("Happy to find out. About how many miles does it have, and is it paid off?"),
            Customer("Ninety-four thousand, and I still owe a little, maybe two thousand."),
            Ask("estimate_trade_in", """{"vehicle":"{trade}","mileage":94000}""", """{"low":6200,"high":7400,"currency":"USD"}"""),
            Agent("Depending on condition it should be between 6,200 and 7,400 dollars. What would you like to drive instead?"),
            Customer("I was thinking of a {vehicle}, but not for more than {budget} a month."),
            Agent("Good to know. Could you text a few pictures of the car to this number? And may I have your name?"),
            Customer("{name}. I'll send them tonight."),
            Agent("Thank you, {first}. As soon as they're here we can firm up the offer."),
            Customer("Okay, bye."),
        ],
    };
}
