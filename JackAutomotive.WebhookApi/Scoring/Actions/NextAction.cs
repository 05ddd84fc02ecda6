using System.Text.Json.Serialization;
using JackAutomotive.WebhookApi.Scoring.Facts;
using JackAutomotive.WebhookApi.Scoring.Funding;
using JackAutomotive.WebhookApi.Scoring.Status;

namespace JackAutomotive.WebhookApi.Scoring.Actions;

/// <summary>What the dealership should do next with a lead.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ActionKind>))]
internal enum ActionKind
{
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>A person of the dealership should talk with the lead, who asked for one.</summary>
    [JsonStringEnumMemberName("speak_to_person")]
    SpeakToPerson,

    /// <summary>Call the lead, who asked to be called.</summary>
    [JsonStringEnumMemberName("call_back")]
    CallBack,

    [JsonStringEnumMemberName("answer_text")]
    AnswerText,

    /// <summary>Call the lead, whose call nobody answered.</summary>
    [JsonStringEnumMemberName("return_call")]
    ReturnCall,

    /// <summary>Contact a new lead for the first time.</summary>
    [JsonStringEnumMemberName("first_contact")]
    FirstContact,

    [JsonStringEnumMemberName("confirm_appointment")]
    ConfirmAppointment,

    /// <summary>Do what the dealership has promised.</summary>
    [JsonStringEnumMemberName("keep_promise")]
    KeepPromise,

    /// <summary>Record whether the lead came to the visit.</summary>
    [JsonStringEnumMemberName("record_outcome")]
    RecordOutcome,

    /// <summary>Ask for a document that is missing.</summary>
    [JsonStringEnumMemberName("chase_document")]
    ChaseDocument,

    [JsonStringEnumMemberName("follow_up")]
    FollowUp,
}

/// <summary>The next action. It follows from the facts and the time and is never stored.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Reason">Why, in one sentence.</param>
/// <param name="DueAt">Until when; null only if there is nothing to do.</param>
/// <param name="Reference">The provider's id of the text or call that caused the action; null if there is none.</param>
internal sealed record NextAction(ActionKind Kind, string Reason, DateTimeOffset? DueAt, string? Reference)
{
    public static NextAction Nothing(string reason) => new(ActionKind.None, reason, null, null);

    /// <summary>Returns whether the action should be done already.</summary>
    public bool IsOverdue(DateTimeOffset now) => DueAt < now;
}

/// <summary>Decides the next action.</summary>
internal static class NextActions
{
    private const int MaxAttempts = 5;

    private static readonly TimeSpan s_personTime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_answerTime = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan s_firstContactTime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_callBackTime = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_promiseTime = TimeSpan.FromDays(1);
    private static readonly TimeSpan s_documentTime = TimeSpan.FromDays(2);
    private static readonly TimeSpan s_confirmation = TimeSpan.FromHours(24);
    private static readonly TimeSpan s_outcomeTime = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_early = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan s_routineEnd = TimeSpan.FromDays(30);

    // How long to wait after the contact, by the number of our texts and calls that the lead has not answered.
    private static readonly TimeSpan[] s_followUps =
        [TimeSpan.FromDays(3), TimeSpan.FromDays(1), TimeSpan.FromDays(2), TimeSpan.FromDays(4), TimeSpan.FromDays(7)];

    /// <summary>
    /// Of the actions that are due, the most important one; if none is due, the one that is due first. The importance is
    /// <see cref="Priority.GetWeight"/>.
    /// </summary>
    public static NextAction Decide(LeadFacts facts, DateTimeOffset now)
    {
        if (!facts.IsReachable)
        {
            return NextAction.Nothing("The lead has no number or address that can be answered.");
        }

        if (facts.Status.Status == LeadStatus.DoNotContact)
        {
            return NextAction.Nothing("The lead must not be contacted.");
        }

        // A lead that is sold or lost and writes again deserves an answer, and nothing else.
        var isClosed = facts.Status.Status is LeadStatus.Sold or LeadStatus.Lost;
        var actions = isClosed
            ? Replies(facts).Where(action => action.DueAt > facts.Status.ChangedAt).ToList()
            : [.. Replies(facts), .. Appointment(facts, now), .. Promises(facts), .. Documents(facts, now), .. FollowUp(facts, now)];
        var due = actions.Where(action => action.DueAt <= now).OrderByDescending(action => Priority.GetWeight(action.Kind));
        return due.ThenBy(action => action.DueAt).FirstOrDefault()
            ?? actions.OrderBy(action => action.DueAt).ThenByDescending(action => Priority.GetWeight(action.Kind)).FirstOrDefault()
            ?? NextAction.Nothing(FindReasonForNothing(facts, isClosed));
    }

    private static string FindReasonForNothing(LeadFacts facts, bool isClosed) => true switch
    {
        _ when isClosed => $"The lead is {facts.Status.Status.ToName()}.",
        _ when facts.UnansweredAttempts.Count() >= MaxAttempts => $"The lead has not answered {MaxAttempts} or more of our texts and calls.",
        _ => "Nothing is open.",
    };

    private static IEnumerable<NextAction> Replies(LeadFacts facts)
    {
        var lastFromUs = facts.LastFromUs?.At ?? DateTimeOffset.MinValue;
        if (Moods.WaitsForPerson(facts))
        {
            var wish = facts.FindLast(SignalKind.WantsPerson)!;
            yield return new NextAction(ActionKind.SpeakToPerson, "The lead asked for a person.", wish.At + s_personTime, wish.Reference);
        }

        var request = facts.FindLast(SignalKind.CallbackRequest);
        if (request is not null && !IsCalledBack(facts, request))
        {
            yield return new NextAction(
                ActionKind.CallBack, "The lead asked to be called.", request.DueAt ?? request.At + s_callBackTime, request.Reference);
        }

        var open = facts.Contacts.Where(contact => contact.IsInbound && contact.At > lastFromUs).ToList();
        if (open.Find(contact => !contact.IsCall) is { } text)
        {
            yield return facts.LastFromUs is null && facts.Contacts.All(contact => contact.IsInbound)
                ? new NextAction(
                    ActionKind.FirstContact, "The new lead wrote, and nobody has answered.", text.At + s_firstContactTime, text.Reference)
                : new NextAction(ActionKind.AnswerText, "The lead's text has no answer.", text.At + s_answerTime, text.Reference);
        }

        // Whoever asks to be called at a certain time does not want the call before it.
        if (open.Find(contact => contact is { IsCall: true, Outcome: ContactOutcome.NotReached or ContactOutcome.Voicemail }
            && !(request?.At > contact.At)) is { } call)
        {
            yield return new NextAction(ActionKind.ReturnCall, "Nobody answered the lead's call.", call.At + s_answerTime, call.Reference);
        }
    }

    // A call that was made too early does not answer a request for a certain time.
    private static bool IsCalledBack(LeadFacts facts, LeadSignal request) => facts.Contacts.Any(contact =>
        contact is { IsCall: true, IsInbound: false } && contact.At > request.At && contact.At >= (request.DueAt ?? request.At) - s_early);

    private static IEnumerable<NextAction> Appointment(LeadFacts facts, DateTimeOffset now)
    {
        if (facts.Status is not { Status: LeadStatus.Appointment } status)
        {
            yield break;
        }

        if (status.AppointmentAt is not { } visit)
        {
            yield return new NextAction(
                ActionKind.ConfirmAppointment, "A visit is agreed, but its time is not known.", status.ChangedAt + s_outcomeTime, null);
        }
        else if (now >= visit)
        {
            yield return new NextAction(ActionKind.RecordOutcome, "The time of the visit has passed.", visit + s_outcomeTime, null);
        }
        else if (!(facts.LastFromUs?.At >= visit - s_confirmation))
        {
            var due = visit - s_confirmation;
            yield return new NextAction(
                ActionKind.ConfirmAppointment, "The visit is not confirmed.", due > status.ChangedAt ? due : status.ChangedAt, null);
        }
    }

    private static IEnumerable<NextAction> Promises(LeadFacts facts)
    {
        var lastFromUs = facts.LastFromUs?.At ?? DateTimeOffset.MinValue;
        var open = facts.Commitments.FirstOrDefault(commitment => commitment.IsOurs
            && (lastFromUs <= commitment.MadeAt || lastFromUs < (commitment.DueAt ?? commitment.MadeAt) - s_early));
        if (open is not null)
        {
            yield return new NextAction(
                ActionKind.KeepPromise, $"The dealership promised: {open.Text}", open.DueAt ?? open.MadeAt + s_promiseTime, open.Reference);
        }
    }

    private static IEnumerable<NextAction> Documents(LeadFacts facts, DateTimeOffset now)
    {
        var funding = FundingReadiness.Of(facts);
        var promised = funding.Items.Where(item => item is { State: DocumentState.Promised, Since: not null }).MinBy(item => item.Since);
        if (promised is not null)
        {
            var promise = facts.Commitments.LastOrDefault(commitment => commitment.MadeAt == promised.Since && !commitment.IsOurs);
            var due = Later(promise?.DueAt ?? promised.Since!.Value + s_documentTime, facts.LastFromUs?.At + s_documentTime, promised.Since);
            yield return new NextAction(
                ActionKind.ChaseDocument, $"The lead promised a document: {promised.Name}.", due, promise?.Reference);
        }
        else if (funding.Readiness == Readiness.Partial && facts.Status.Status >= LeadStatus.Engaged
            && facts.UnansweredAttempts.Count() < MaxAttempts
            && facts.Contacts is [.., var last] && now - last.At < s_routineEnd
            && funding.Items.FirstOrDefault(item => item.State == DocumentState.Missing && DocumentKinds.Find(item.Name) is not null) is { } missing)
        {
            yield return new NextAction(ActionKind.ChaseDocument, $"A document is missing: {missing.Name}.", last.At + s_documentTime, null);
        }
    }

    // Whoever asked for the document after the promise waits again.
    private static DateTimeOffset Later(DateTimeOffset due, DateTimeOffset? reminded, DateTimeOffset? promisedAt) =>
        reminded - s_documentTime > promisedAt && reminded > due ? reminded.Value : due;

    private static IEnumerable<NextAction> FollowUp(LeadFacts facts, DateTimeOffset now)
    {
        if (facts.Status.Status == LeadStatus.Appointment)
        {
            yield break;
        }

        if (facts.Contacts is not [.., var last])
        {
            if (now - facts.CreatedAt < s_routineEnd)
            {
                yield return new NextAction(
                    ActionKind.FirstContact, "Nobody has contacted the new lead.", facts.CreatedAt + s_firstContactTime, null);
            }

            yield break;
        }

        var attempts = facts.UnansweredAttempts.Count();
        if (attempts < MaxAttempts && now - last.At < s_routineEnd)
        {
            yield return new NextAction(
                ActionKind.FollowUp,
                attempts == 0 ? "The conversation has paused." : $"The lead has not answered {attempts} of our texts and calls.",
                last.At + s_followUps[attempts],
                last.Reference);
        }
    }
}
