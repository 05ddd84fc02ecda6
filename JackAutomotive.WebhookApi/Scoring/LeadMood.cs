using System.Text.Json.Serialization;
using JackAutomotive.WebhookApi.Scoring.Facts;
using JackAutomotive.WebhookApi.Scoring.Status;

namespace JackAutomotive.WebhookApi.Scoring;

/// <summary>How a lead stands to the dealership.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LeadMood>))]
internal enum LeadMood
{
    /// <summary>The lead is interested and talks with us.</summary>
    [JsonStringEnumMemberName("warm")]
    Warm,

    [JsonStringEnumMemberName("neutral")]
    Neutral,

    /// <summary>The lead has been silent for two weeks, or has asked to end all contact.</summary>
    [JsonStringEnumMemberName("cold")]
    Cold,

    /// <summary>The lead was angry in the newest conversation.</summary>
    [JsonStringEnumMemberName("frustrated")]
    Frustrated,

    /// <summary>The lead has not replied to three or more of our texts and calls.</summary>
    [JsonStringEnumMemberName("ghosted")]
    Ghosted,

    /// <summary>The lead asked for a person, and nobody has answered.</summary>
    [JsonStringEnumMemberName("needs_human")]
    NeedsHuman,
}

/// <summary>Decides the mood from the facts. The first rule that applies decides.</summary>
internal static class Moods
{
    /// <summary>The number of texts and calls without an answer from which a lead counts as ghosted.</summary>
    public const int GhostedAfter = 3;

    private const double Anger = -0.5;
    private const double Delight = 0.3;

    private static readonly TimeSpan s_cold = TimeSpan.FromDays(14);
    private static readonly TimeSpan s_fresh = TimeSpan.FromDays(3);
    private static readonly TimeSpan s_recent = TimeSpan.FromDays(7);

    public static LeadMood Decide(LeadFacts facts, DateTimeOffset now)
    {
        var feeling = facts.Sentiments is [.., var newest] ? newest : null;
        return true switch
        {
            _ when facts.Status.Status == LeadStatus.DoNotContact => LeadMood.Cold,
            _ when WaitsForPerson(facts) => LeadMood.NeedsHuman,
            _ when feeling?.Score <= Anger && now - feeling.At < s_cold => LeadMood.Frustrated,
            _ when facts.UnansweredAttempts.Count() >= GhostedAfter => LeadMood.Ghosted,
            _ when now - (facts.LastFromLead?.At ?? facts.CreatedAt) >= s_cold => LeadMood.Cold,
            _ when feeling?.Score >= Delight && now - feeling.At < s_recent => LeadMood.Warm,
            _ when now - facts.FindLast(SignalKind.BuyingSignal)?.At < s_recent => LeadMood.Warm,
            _ when now - facts.LastFromLead?.At < s_fresh && !(feeling?.Score < 0) => LeadMood.Warm,
            _ => LeadMood.Neutral,
        };
    }

    /// <summary>Returns whether the lead asked for a person and nobody has written or called since.</summary>
    public static bool WaitsForPerson(LeadFacts facts) =>
        facts.FindLast(SignalKind.WantsPerson) is { } wish && !(facts.LastFromUs?.At > wish.At);
}
