using System.Text.Json.Serialization;

namespace JackAutomotive.Analysis;

/// <summary>Everything that an engine found in one conversation.</summary>
/// <param name="Engine">The name of the engine.</param>
/// <param name="Version">The version of the engine's rules and data. A result never changes without a new version.</param>
/// <param name="Turns">One entry for each turn of the transcript, in the same order.</param>
/// <param name="Conversation">The results for the conversation as a whole.</param>
public sealed record ConversationAnalysis(string Engine, string Version, IReadOnlyList<TurnAnalysis> Turns, ConversationSummary Conversation);

/// <summary>What an engine found in one turn.</summary>
/// <param name="Index">The index of the turn in the transcript.</param>
/// <param name="Sentiment">What the speaker feels about the dealership or the deal.</param>
/// <param name="Intents">What the customer wants. Empty for turns of the dealership.</param>
public sealed record TurnAnalysis(int Index, SentimentResult Sentiment, IReadOnlyList<IntentResult> Intents);

/// <summary>The results for a conversation as a whole.</summary>
/// <param name="Sentiment">What the customer feels at the end of the conversation.</param>
/// <param name="Intents">Each intent of the conversation once, with the turns that show it.</param>
/// <param name="KeyPhrases">What the conversation is about, most important first.</param>
/// <param name="ActionItems">What somebody agreed or was asked to do, in the order in which it was first said.</param>
/// <param name="Quality">How well the dealership's side led the conversation.</param>
public sealed record ConversationSummary(
    SentimentResult Sentiment,
    IReadOnlyList<ConversationIntent> Intents,
    IReadOnlyList<KeyPhrase> KeyPhrases,
    IReadOnlyList<ActionItem> ActionItems,
    QualityReport Quality);

/// <summary>A sentiment with the words that it rests on.</summary>
/// <param name="Score">From −1 (negative) to 1 (positive).</param>
/// <param name="Label">The label that follows from the score and the context.</param>
/// <param name="Evidence">The words that decided. Empty where no word carries a feeling.</param>
public sealed record SentimentResult(double Score, SentimentLabel Label, IReadOnlyList<Evidence> Evidence);

/// <summary>The three labels of a sentiment.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SentimentLabel>))]
public enum SentimentLabel
{
    /// <summary>Complaint, distrust, sarcasm, outrage.</summary>
    [JsonStringEnumMemberName("negative")]
    Negative,

    /// <summary>Questions, facts, answers, routine courtesy, refusals without feeling.</summary>
    [JsonStringEnumMemberName("neutral")]
    Neutral,

    /// <summary>Praise, relief, delight, eagerness to buy.</summary>
    [JsonStringEnumMemberName("positive")]
    Positive,
}

/// <summary>An intent of one turn.</summary>
/// <param name="Name">The intent.</param>
/// <param name="Objection">What holds the customer back. Only with <see cref="Intent.Objection"/>.</param>
/// <param name="Evidence">The words that show the intent. Never empty.</param>
public sealed record IntentResult(
    Intent Name,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ObjectionKind? Objection,
    IReadOnlyList<Evidence> Evidence);

/// <summary>An intent of a conversation.</summary>
/// <param name="Name">The intent.</param>
/// <param name="Objection">What holds the customer back. Only with <see cref="Intent.Objection"/>.</param>
/// <param name="Turns">The indexes of the turns that show the intent, in order.</param>
public sealed record ConversationIntent(
    Intent Name,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ObjectionKind? Objection,
    IReadOnlyList<int> Turns);

/// <summary>What a customer wants.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Intent>))]
public enum Intent
{
    /// <summary>All contact is to end, in any wording.</summary>
    [JsonStringEnumMemberName("stop_request")]
    StopRequest,

    /// <summary>The customer asks for a human, a department or a named employee.</summary>
    [JsonStringEnumMemberName("wants_person")]
    WantsPerson,

    /// <summary>The customer is ready to commit, and not merely shopping.</summary>
    [JsonStringEnumMemberName("buying_signal")]
    BuyingSignal,

    /// <summary>Something holds the customer back. <see cref="ObjectionKind"/> names it.</summary>
    [JsonStringEnumMemberName("objection")]
    Objection,

    /// <summary>The customer wants to be called.</summary>
    [JsonStringEnumMemberName("callback_request")]
    CallbackRequest,

    /// <summary>The person reached is not the person meant.</summary>
    [JsonStringEnumMemberName("wrong_number")]
    WrongNumber,

    /// <summary>The customer has a car now.</summary>
    [JsonStringEnumMemberName("already_bought")]
    AlreadyBought,
}

/// <summary>What holds a customer back.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ObjectionKind>))]
public enum ObjectionKind
{
    /// <summary>The price, the payment, the rate or a fee.</summary>
    [JsonStringEnumMemberName("price")]
    Price,

    /// <summary>Credit history or approval.</summary>
    [JsonStringEnumMemberName("credit")]
    Credit,

    /// <summary>Somebody else has to agree.</summary>
    [JsonStringEnumMemberName("spouse")]
    Spouse,

    /// <summary>The time is not right.</summary>
    [JsonStringEnumMemberName("timing")]
    Timing,

    /// <summary>Doubt about the dealership, the car or the offer.</summary>
    [JsonStringEnumMemberName("trust")]
    Trust,
}

/// <summary>A phrase that says what a conversation is about.</summary>
/// <param name="Text">The phrase in lower case.</param>
/// <param name="Count">The number of times that the phrase occurs.</param>
/// <param name="Turn">The index of the turn with the first occurrence.</param>
/// <param name="Evidence">The first occurrence.</param>
public sealed record KeyPhrase(string Text, int Count, int Turn, Evidence Evidence);

/// <summary>Something that somebody agreed or was asked to do.</summary>
/// <param name="Text">What is to be done, readable without the conversation.</param>
/// <param name="Owner">Who has to act.</param>
/// <param name="DueAt">When it is due, in the customer's time zone. Null when no time was said.</param>
/// <param name="Turn">The index of the turn that first states the item.</param>
/// <param name="Evidence">The words that state the item, in that turn.</param>
public sealed record ActionItem(string Text, ActionOwner Owner, DateTimeOffset? DueAt, int Turn, IReadOnlyList<Evidence> Evidence);

/// <summary>Who has to act.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ActionOwner>))]
public enum ActionOwner
{
    /// <summary>The customer.</summary>
    [JsonStringEnumMemberName("customer")]
    Customer,

    /// <summary>The dealership.</summary>
    [JsonStringEnumMemberName("staff")]
    Staff,
}

/// <summary>How well the dealership's side led a conversation.</summary>
/// <param name="Score">From 0 to 100: the share of the rubric's points that the conversation earns, over the criteria that apply.</param>
/// <param name="Criteria">Each criterion of the rubric with its evidence.</param>
/// <param name="TalkRatio">The dealership's share of the words, from 0 to 1. Null without words.</param>
/// <param name="Interruptions">The number of turns in which one side interrupted the other. Null where it cannot be known (texts).</param>
/// <param name="LongestSilenceSeconds">The longest time between two turns that speech does not explain, in seconds. Null for texts.</param>
public sealed record QualityReport(
    int Score, IReadOnlyList<QualityCriterion> Criteria, double? TalkRatio, int? Interruptions, double? LongestSilenceSeconds);

/// <summary>One criterion of the rubric.</summary>
/// <param name="Name">The criterion.</param>
/// <param name="Met">Whether the conversation meets the criterion. Null when the criterion does not apply.</param>
/// <param name="Points">The points earned.</param>
/// <param name="MaxPoints">The points that the criterion is worth.</param>
/// <param name="Reason">Why, in one sentence.</param>
/// <param name="Turn">The index of the turn that decided. Null when no single turn did.</param>
/// <param name="Evidence">The words that decided, in that turn.</param>
public sealed record QualityCriterion(
    string Name, bool? Met, int Points, int MaxPoints, string Reason, int? Turn, IReadOnlyList<Evidence> Evidence);
