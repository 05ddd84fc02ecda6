using static JackAutomotive.ProviderSimulator.Scenarios.Line;

namespace JackAutomotive.ProviderSimulator.Scenarios.Calls;

/// <summary>A customer who saw an advertisement, wants a certain vehicle and answers every question.</summary>
internal static class NewBuyer
{
    public static readonly CallScript Script = new("new-buyer")
    {
        Direction = CallDirection.Inbound,
        TerminationReason = "end_call tool was called.",
        CallSuccessful = "success",
        Rationale = "{first} gave complete details and expects a specialist's call tomorrow.",
        Title = "New buyer asks for a {vehicle}",
        Summary = "{name} called about a {vehicle} and wants to stay near ${budget} a month. {first} works at {employer} and described the "
            + "credit score as \"{score}\". Jack took down the details and promised a call from a specialist tomorrow morning.",
        Collected =
        [
            "name", "email", "address", "date_of_birth", "marital_status", "employer", "employer_duration", "employment_status",
            "monthly_income", "housing_situation", "house_payment", "credit_score", "vehicle_type", "monthly_payment_budget",
        ],
        Lines =
        [
            Agent("Hi, this is Jack with the dealership. How can I help you today?"),
            Customer("Hi Jack, I saw your ad for the {vehicle}. Do you still have one?"),
            Ask("check_inventory", """{"vehicle":"{vehicle}"}""", """{"in_stock":3,"cheapest":{"colour":"silver","mileage":18200}}"""),
            Agent("We do, three of them actually. May I ask who I'm speaking with?"),
            Customer("Sure, it's {name}."),
            Agent("Nice to meet you, {first}. What would you like to pay a month, roughly?"),
            Customer("I'd like to stay around {budget} dollars a month."),
            Agent("That's workable. Where do you work, and how long have you been there?"),
            Customer("At {employer}, {years} years now, {employment}. I make about {income} a month before taxes."),
            Agent("Great, that's steady. And your home: do you rent or own, and what does it cost you?"),
            Customer("Put down that the household {housing}, and it's {housePayment} a month."),
            Agent("Do you happen to know your credit score?"),
            Customer("{score}."),
            Agent("Thank you. For the application I need your date of birth, address, email and marital status."),
            Customer("{birth}, {address}, {email}, and I'm {marital}."),
            Agent("Perfect. A specialist will call you tomorrow morning with numbers on the {vehicle}. Is that all right?"),
            Customer("That sounds great, thank you so much!"),
            Agent("My pleasure, {first}. Talk to you tomorrow."),
            HangUp("The customer has everything and said goodbye."),
        ],
    };
}
