using static JackAutomotive.ProviderSimulator.Scenarios.Line;

namespace JackAutomotive.ProviderSimulator.Scenarios.Calls;

/// <summary>A buyer whom another dealer refused and who fears another credit inquiry.</summary>
internal static class CreditChallenged
{
    public static readonly CallScript Script = new("credit-challenged")
    {
        Direction = CallDirection.Outbound,
        TerminationReason = "end_call tool was called.",
        CallSuccessful = "success",
        Rationale = "{first} agreed to send documents.",
        Title = "Financing after a refusal elsewhere",
        Summary = "{name} was refused by another dealer and worries about more inquiries on the file. Credit score: {score}. Works at "
            + "{employer} for {years} years, earns about ${income} a month. Jack explained the soft check and asked for two pay stubs and "
            + "proof of residence.",
        Collected =
        [
            "name", "employer", "employer_duration", "employment_status", "monthly_income", "credit_score", "vehicle_type",
            "monthly_payment_budget",
        ],
        Lines =
        [
            Agent("Hi {first}, it's Jack. You asked us about financing a {vehicle}. Is this a good moment?"),
            Customer("I guess. I should tell you, another place turned me down last month. My credit is… well, {score}."),
            Agent("Thank you for being open about it. We work with lenders who look at more than the score."),
            Silence(),
            Agent("Are you still there, {first}?"),
            Customer("Yes, sorry. I just don't want another hard inquiry. Had a repossession in 2021."),
            Agent("Understood. We start with a soft check, which doesn't touch your score. Where do you work?"),
            Customer("{employer}, {years} years. {employment}, about {income} a month."),
            Agent("That helps a lot. What payment would be comfortable?"),
            Customer("{budget} at the very most."),
            Ask("start_soft_check", """{"consent":true}""", """{"status":"started"}"""),
            Agent("To go on I'd need two pay stubs and proof of residence. May I text you a link for them?"),
            Customer("Okay, yes. Thanks for not judging."),
            Agent("Never. You'll have the link in a minute, {first}."),
            HangUp("Next step agreed."),
        ],
    };
}
