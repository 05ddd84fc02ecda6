using JackAutomotive.Contracts;
using NodaTime;

namespace JackAutomotive.WebhookApi.Briefing;

/// <summary>Everything that is known about a lead when a conversation starts. The same state always gives the same briefing.</summary>
/// <param name="Lead">The lead's id.</param>
/// <param name="TimeZone">The lead's time zone, in which the briefing writes all times.</param>
internal sealed record BriefingState(LeadId Lead, DateTimeZone TimeZone)
{
    /// <summary>Whether the lead's phone number is known.</summary>
    public bool HasPhone { get; init; }

    /// <summary>The number of texts in both directions, up to <see cref="BriefingReader.CountLimit"/>.</summary>
    public long TextCount { get; init; }

    /// <summary>The number of finished calls, up to <see cref="BriefingReader.CountLimit"/>.</summary>
    public long CallCount { get; init; }

    /// <summary>When the newest call started.</summary>
    public DateTimeOffset? LastCallAt { get; init; }

    /// <summary>negative, neutral or positive, after the newest conversation that was analysed; null if there is none.</summary>
    public string? Sentiment { get; init; }

    /// <summary>The known facts, the most important first.</summary>
    public IReadOnlyList<KnownFact> Facts { get; init; } = [];

    /// <summary>What the lead wants about being contacted, newest first.</summary>
    public IReadOnlyList<ContactWish> ContactWishes { get; init; } = [];

    /// <summary>The open promises, the next one first.</summary>
    public IReadOnlyList<OpenPromise> Promises { get; init; } = [];

    /// <summary>The notes of staff, the most important first.</summary>
    public IReadOnlyList<StaffNote> Notes { get; init; } = [];

    /// <summary>What was said last, on all channels, newest first.</summary>
    public IReadOnlyList<Utterance> Utterances { get; init; } = [];

    /// <summary>The earlier conversations on all channels, newest first.</summary>
    public IReadOnlyList<EarlierConversation> Conversations { get; init; } = [];
}

/// <summary>A fact about a lead.</summary>
/// <param name="Name">What the fact is about, in words: <c>monthly income</c>. The agent does not ask for it again.</param>
/// <param name="Value">The value in words.</param>
internal sealed record KnownFact(string Name, string Value);

/// <summary>A request of the lead that contact ends, or that it begins again.</summary>
internal sealed record ContactWish(DateTimeOffset At, string Channel, bool WantsContact, string Words);

/// <summary>Something that somebody has promised and not done yet.</summary>
/// <param name="IsOurs">Whether we have to act; otherwise the lead has to.</param>
/// <param name="Text">What is to be done.</param>
/// <param name="DueAt">When it is due; null if no time was said.</param>
internal sealed record OpenPromise(bool IsOurs, string Text, DateTimeOffset? DueAt);

/// <summary>A note that a member of staff wrote about the lead.</summary>
internal sealed record StaffNote(DateTimeOffset At, string Author, string Text);

/// <summary>One text, or one turn of a call.</summary>
/// <param name="At">When it was said.</param>
/// <param name="IsFromLead">Whether the lead said it.</param>
/// <param name="Channel">voice, sms, whatsapp and others.</param>
/// <param name="Words">The words.</param>
internal sealed record Utterance(DateTimeOffset At, bool IsFromLead, string Channel, string Words);

/// <summary>An earlier conversation.</summary>
/// <param name="At">When the conversation started.</param>
/// <param name="Channel">voice, sms, whatsapp and others.</param>
/// <param name="Summary">The provider's summary; null if there is none.</param>
/// <param name="Phrases">What the conversation was about; used if there is no summary.</param>
internal sealed record EarlierConversation(DateTimeOffset At, string Channel, string? Summary, IReadOnlyList<string> Phrases);
