using static JackAutomotive.ProviderSimulator.Scenarios.Line;

namespace JackAutomotive.ProviderSimulator.Scenarios.Calls;

/// <summary>The agent calls back a buyer whose first call nobody answered. Only a sales story plays this call, because it continues one.</summary>
internal static class SecondCall
{
    public static readonly CallScript Script = new("second-call")
    {
        Direction = CallDirection.Outbound,
        TerminationReason = "end_call tool was called.",
        CallSuccessful = "success",
        Rationale = "{first} agreed to send documents.",
        Title = "Call back about the {vehicle}",
        Summary = "{name} had called before and reached nobody. Wants a {vehicle} for ${budget} a month, works at {employer} and earns about "
            + "${income} a month, and would trade in a {trade}. Agreed to send pay stubs and a utility bill.",
        Collected =
        [
            "name", "email", "employer", "employer_duration", "employment_status", "monthly_income", "credit_score", "vehicle_type", "trade_in",
            "monthly_payment_budget",
        ],
        Lines =
        [
            Agent("Hi, this is Jack, the dealership's automated assistant. It's ten o'clock. Who am I speaking with?"),
            Customer("Hi Jack. It's {name}. Wow, right on time, thank you!"),
            Agent("Nice to meet you, {first}. You asked about the {vehicle}. Are you trading anything in?"),
            Customer("Yes, I have a {trade}."),
            Agent("Where do you work, and about how much do you make in a month?"),
            Customer("{employer}, {years} years now. About {income} dollars a month."),
            Agent("And what payment would be comfortable?"),
            Customer("No more than {budget} a month."),
            Ask("check_stock", """{"model":"wanted"}""", """{"inStock":2}"""),
            Agent("We have two of them. To get you approved I need your last two pay stubs and a utility bill. Can you send them?"),
            Customer("Sure, I'll send you my pay stubs and the light bill tomorrow."),
            Agent("Perfect. As soon as I have them I'll get you a quote, {first}."),
            Customer("Great, I love that car. Thanks!"),
            HangUp("Next step agreed."),
        ],
    };
}
