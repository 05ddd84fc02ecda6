namespace JackAutomotive.Contracts;

// Events of what is known of a lead, and of what follows from it.
public static partial class LeadEventCatalogue
{
    private static EventDescription[] StandingEvents() =>
    [
        new(LeadEventTypes.LeadProfileUpdated, EventKind.Log, "Values of the lead's profile changed. Carries only the changed fields.",
            [
                new(
                    "changes",
                    "array of object",
                    "Each with field, value, previous, source (provider, extraction or person), confidence and conversationId. "
                        + "A value is null if none is known any more."),
            ],
            Example(
                LeadEventTypes.LeadProfileUpdated,
                """
                {"changes":[{"field":"monthlyIncome","value":3200,"previous":null,"source":"provider","confidence":0.9,
                "conversationId":"conv_1"}]}
                """)),

        new(LeadEventTypes.LeadStatusChanged, EventKind.Log, "The lead moved to another status, or its appointment changed.",
            [
                new("status", "string", "new, contacted, engaged, appointment, sold, lost or do_not_contact."),
                new("previous", "string", "The status before."),
                Optional("reason", "string", "Why the lead moved."),
                new("changedBy", "string", "rule, lead or person."),
                Optional("person", "string", "The name of the API key, if a person moved the lead."),
                Optional("appointmentAt", "time", "When the visit is."),
                new("noShows", "number", "How often the lead did not come to an agreed visit."),
            ],
            Example(
                LeadEventTypes.LeadStatusChanged,
                """
                {"status":"engaged","previous":"contacted","reason":"The lead replied to the dealership.","changedBy":"rule","person":null,
                "appointmentAt":null,"noShows":0}
                """)),

        new(LeadEventTypes.LeadScoreUpdated, EventKind.Log, "The lead's score changed by five points or more, came into another band, or has other reasons.",
            [
                new("score", "number", "From 0 to 100."),
                new("band", "string", "high from 60 on, medium from 25 on, otherwise low."),
                Optional("previous", "number", "The score of the event before; null if there was none."),
                new("formula", "string", "The version of the formula."),
                new("factors", "array of object", "Each with factor, points and reason. The points add up to the score."),
            ],
            Example(
                LeadEventTypes.LeadScoreUpdated,
                """
                {"score":29,"band":"medium","previous":null,"formula":"1","factors":[
                {"factor":"recency","points":25,"reason":"The lead's last sign of life was a text within the last hour."},
                {"factor":"texts","points":4,"reason":"The lead has sent one text, the last within the last hour."}]}
                """)),

        new(LeadEventTypes.FundingReadinessChanged, EventKind.Log, "An item of the lead's funding checklist changed.",
            [
                new("readiness", "string", "Ready, Partial or Not Ready."),
                Optional("previous", "string", "The readiness before; null if there was none."),
                new("items", "array of object", "Each item of the checklist with name, state (missing, promised, received, verified) and reason."),
            ],
            Example(
                LeadEventTypes.FundingReadinessChanged,
                """
                {"readiness":"Not Ready","previous":null,"items":[
                {"name":"proof_of_income","state":"missing","reason":"Nobody has recorded it."}]}
                """)),
    ];
}
