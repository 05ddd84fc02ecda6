using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Profiles;
using JackAutomotive.WebhookApi.Scoring.Funding;
using JackAutomotive.WebhookApi.Scoring.Status;

namespace JackAutomotive.WebhookApi.Scoring.Facts;

/// <summary>
/// Everything that the score, the mood, the funding readiness, the status and the next action follow from. All these are pure functions of
/// the facts and a time.
/// </summary>
/// <param name="Lead">The lead.</param>
/// <param name="CreatedAt">When the lead was created.</param>
/// <param name="IsReachable">Whether the lead has a phone number.</param>
/// <param name="Status">The stored status.</param>
/// <param name="Contacts">The newest texts and calls, oldest first.</param>
/// <param name="Profile">The values that count.</param>
/// <param name="Documents">The documents that staff recorded.</param>
/// <param name="Signals">What the lead wants, oldest first.</param>
/// <param name="Commitments">What somebody agreed to do and has not withdrawn, oldest first.</param>
/// <param name="Sentiments">What the lead felt in each conversation, oldest first.</param>
internal sealed record LeadFacts(
    LeadId Lead,
    DateTimeOffset CreatedAt,
    bool IsReachable,
    StoredStatus Status,
    IReadOnlyList<Contact> Contacts,
    IReadOnlyDictionary<ProfileField, ProfileValue> Profile,
    IReadOnlyDictionary<DocumentKind, StoredDocument> Documents,
    IReadOnlyList<LeadSignal> Signals,
    IReadOnlyList<Commitment> Commitments,
    IReadOnlyList<SentimentFact> Sentiments)
{
    /// <summary>The last time that the lead wrote, called or spoke with us; null if never.</summary>
    public Contact? LastFromLead => Contacts.LastOrDefault(contact => contact.IsFromLead);

    /// <summary>The last time that we wrote or called, also without an answer; null if never.</summary>
    public Contact? LastFromUs => Contacts.LastOrDefault(contact => contact.IsFromUs);

    /// <summary>Our texts and calls since the lead's last sign of life, oldest first.</summary>
    public IEnumerable<Contact> UnansweredAttempts => Contacts.Where(contact =>
        contact is { IsFromUs: true, IsFromLead: false } && contact.At > (LastFromLead?.At ?? DateTimeOffset.MinValue));

    /// <summary>Returns the newest signal of a kind; null if there is none.</summary>
    public LeadSignal? FindLast(SignalKind kind) => Signals.LastOrDefault(signal => signal.Kind == kind);

    /// <summary>Returns the value of a field; null if it is not known.</summary>
    public T? Find<T>(ProfileField field)
        where T : ProfileValue => Profile.GetValueOrDefault(field) as T;
}

/// <summary>How a contact ended.</summary>
internal enum ContactOutcome
{
    /// <summary>The text is written, or the two sides talked.</summary>
    Reached,

    /// <summary>A machine answered.</summary>
    Voicemail,

    /// <summary>The text was not delivered, or nobody answered the call.</summary>
    NotReached,

    /// <summary>The call has not ended.</summary>
    Ongoing,
}

/// <summary>One text or call.</summary>
/// <param name="IsCall">True for a call, false for a text.</param>
/// <param name="IsInbound">Whether the lead began it.</param>
/// <param name="At">When it was.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="TalkSeconds">How long the two sides talked; zero for texts.</param>
/// <param name="HasLeadSpoken">Whether the transcript has words of the lead, or the text is the lead's.</param>
/// <param name="Reference">The provider's id: a MessageSid, a CallSid or a conversation id.</param>
internal sealed record Contact(
    bool IsCall,
    bool IsInbound,
    DateTimeOffset At,
    ContactOutcome Outcome,
    double TalkSeconds,
    bool HasLeadSpoken,
    string Reference)
{
    // A call of this length has words of both sides, even if its transcript never arrives.
    private const double ConversationSeconds = 30;

    /// <summary>Whether the two sides talked on a call.</summary>
    public bool IsConversation =>
        IsCall && Outcome == ContactOutcome.Reached && (HasLeadSpoken || TalkSeconds >= ConversationSeconds);

    /// <summary>Whether it is a sign of life of the lead: a text, a call to us, or a conversation.</summary>
    public bool IsFromLead => IsInbound || IsConversation;

    /// <summary>Whether we wrote or called, or spoke on a call of the lead. A text that was not delivered does not count.</summary>
    public bool IsFromUs => IsCall ? !IsInbound || Outcome == ContactOutcome.Reached : !IsInbound && Outcome == ContactOutcome.Reached;

    /// <summary>text or call.</summary>
    public string Kind => IsCall ? "call" : "text";
}

/// <summary>What a lead wants or says of itself.</summary>
internal enum SignalKind
{
    StopRequest,

    /// <summary>The lead takes a stop request back, by a carrier keyword such as START.</summary>
    ResumeRequest,
    WantsPerson,
    BuyingSignal,
    Objection,
    CallbackRequest,
    WrongNumber,
    AlreadyBought,
}

/// <summary>A signal with the words or the text that show it.</summary>
/// <param name="Kind">What the lead wants.</param>
/// <param name="At">When the lead said so.</param>
/// <param name="Detail">The kind of an objection, or other words that explain the signal; null if there are none.</param>
/// <param name="DueAt">For a callback: when the lead wants to be called; null if no time was said.</param>
/// <param name="Reference">The provider's id of the text or the conversation.</param>
internal sealed record LeadSignal(SignalKind Kind, DateTimeOffset At, string? Detail, DateTimeOffset? DueAt, string Reference);

/// <summary>Something that somebody agreed to do.</summary>
/// <param name="Text">What is to be done, readable without the conversation.</param>
/// <param name="IsOurs">True if staff have to act, false if the lead has to.</param>
/// <param name="MadeAt">When it was agreed.</param>
/// <param name="DueAt">When it is due; null if no time was said.</param>
/// <param name="Reference">The provider's id of the conversation.</param>
/// <param name="Words">What was said when it was agreed, which may name what the text only means ("Can you send them?").</param>
internal sealed record Commitment(
    string Text,
    bool IsOurs,
    DateTimeOffset MadeAt,
    DateTimeOffset? DueAt,
    string Reference,
    string Words = "");

/// <summary>What the lead felt in a conversation.</summary>
/// <param name="At">When.</param>
/// <param name="Score">From −1 (negative) to 1 (positive).</param>
/// <param name="Reference">The provider's id of the conversation.</param>
internal sealed record SentimentFact(DateTimeOffset At, double Score, string Reference);
