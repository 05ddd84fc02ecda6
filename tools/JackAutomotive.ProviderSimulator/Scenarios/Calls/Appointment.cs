using static JackAutomotive.ProviderSimulator.Scenarios.Line;

namespace JackAutomotive.ProviderSimulator.Scenarios.Calls;

/// <summary>A lead who is ready for a test drive.</summary>
internal static class Appointment
{
    public static readonly CallScript Script = new("appointment")
    {
        Direction = CallDirection.Outbound,
        TerminationReason = "end_call tool was called.",
        CallSuccessful = "success",
        Rationale = "A test drive is booked.",
        Title = "Test drive of the {vehicle} booked",
        Summary = "Jack called {name} about the {vehicle}. They agreed on a test drive on Saturday at 10:30 at the lot; {first} will bring "
            + "the driver's licence and the papers of the {trade}.",
        Collected = ["name", "email", "vehicle_type", "trade_in"],
        Lines =
        [
            Agent("Hi {first}, Jack here. The {vehicle} you asked about has just come in. Would you like to drive it?"),
            Customer("Oh nice! Yes, absolutely. Would Saturday work?"),
            Ask("list_free_slots", """{"day":"saturday"}""", """{"slots":["09:00","10:30","14:00"]}"""),
            Agent("Saturday I have nine, ten thirty and two o'clock."),
            Customer("Ten thirty is perfect."),
            Ask("book_test_drive", """{"slot":"10:30","vehicle":"{vehicle}","email":"{email}"}""", """{"status":"booked"}"""),
            Agent("You're booked for Saturday at ten thirty. Please bring your driver's licence and the papers of your {trade}."),
            Customer("Will do. Can you mail that to me? {email}."),
            Agent("It's on its way. See you Saturday, {first}!"),
            HangUp("Appointment booked."),
        ],
    };
}
