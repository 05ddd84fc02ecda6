using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace JackAutomotive.WebhookApi.Briefing;

/// <summary>
/// The variables that an agent receives before it speaks or writes, with the same names on every channel. Every variable is always present,
/// because a call fails if the agent uses a missing variable. An unknown value is an empty string. The provider reserves the names that begin
/// with <c>system__</c>.
/// </summary>
internal sealed record BriefingVariables
{
    /// <summary>How the variables are written: <c>{"dealership_name": "…", "is_known_caller": true, …}</c>.</summary>
    public static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public required string DealershipName { get; init; }

    public required string AgentName { get; init; }

    /// <summary>Whether the caller's phone number or other address belongs to a lead.</summary>
    public bool IsKnownCaller { get; init; }

    public string LeadId { get; init; } = "";

    public string LeadName { get; init; } = "";

    /// <summary>The number of texts in both directions, up to <see cref="BriefingReader.CountLimit"/>.</summary>
    public long TextCount { get; init; }

    /// <summary>The number of finished calls, up to <see cref="BriefingReader.CountLimit"/>.</summary>
    public long CallCount { get; init; }

    /// <summary>The number of texts and calls so far, in words.</summary>
    public string ChannelHistory { get; init; } = "";

    /// <summary>The newest text or call, in words, with its date.</summary>
    public string LastContact { get; init; } = "";

    /// <summary>The summary of the newest conversation that has a summary.</summary>
    public string LastConversationSummary { get; init; } = "";

    /// <summary>The earlier conversations on all channels, newest first, one per line.</summary>
    public string EarlierConversations { get; init; } = "";

    /// <summary>What was said last on all channels, oldest first, one per line.</summary>
    public string RecentMessages { get; init; } = "";

    /// <summary>The known facts about the lead.</summary>
    public string KnownFacts { get; init; } = "";

    /// <summary>The facts that the agent need not ask for, separated by commas.</summary>
    public string DoNotAsk { get; init; } = "";

    /// <summary>What we and the lead have promised, the next one first, one per line.</summary>
    public string OpenPromises { get; init; } = "";

    /// <summary>The lead's requests that contact ends or begins again, newest first, one per line.</summary>
    public string OptOuts { get; init; } = "";

    /// <summary>The notes of staff, one per line.</summary>
    public string StaffNotes { get; init; } = "";

    /// <summary>Returns the variables as the provider receives them.</summary>
    public JsonObject ToJson() => JsonSerializer.SerializeToNode(this, Json)!.AsObject();
}
