using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.WebhookApi.Identification;

/// <summary>The clues that identify the lead of a call or a conversation. An absent clue is null or missing.</summary>
internal sealed record LeadClues
{
    /// <summary>The channel of the contact, for a lead that is created: voice, sms, whatsapp and others.</summary>
    public string Channel { get; init; } = ChannelAddress.Voice;

    /// <summary>When the contact took place.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Strings that may be a lead's id, the most reliable first.</summary>
    public IReadOnlyList<string?> LeadIds { get; init; } = [];

    /// <summary>The provider's id of the conversation.</summary>
    public string? ConversationId { get; init; }

    /// <summary>The CallSid of the telephone call.</summary>
    public string? CallSid { get; init; }

    /// <summary>The addresses that may be the lead's, the most reliable first.</summary>
    public IReadOnlyList<AddressClue> Addresses { get; init; } = [];
}

/// <summary>An address that may be the lead's.</summary>
/// <param name="Name">Where the address stands, one of <see cref="ClueNames"/>.</param>
/// <param name="Address">The address.</param>
internal sealed record AddressClue(string Name, ChannelAddress Address)
{
    /// <summary>Whether the caller only said that the address is theirs. Such a clue never contradicts another.</summary>
    public bool IsClaimed => Name == ClueNames.Said;

    /// <summary>Returns the clue of an address that a provider states for a call; no clue if there is no address.</summary>
    public static IEnumerable<AddressClue> FromProvider(ChannelAddress? address) =>
        address is { } known ? [new AddressClue(known.Phone is null ? ClueNames.Address : ClueNames.Phone, known)] : [];
}

/// <summary>The lead of a call or a conversation, and the clue that identified the lead.</summary>
/// <param name="Lead">The lead.</param>
/// <param name="MatchedBy">The clue that identified the lead, one of <see cref="ClueNames"/>.</param>
internal sealed record LeadMatch(LeadId Lead, string MatchedBy)
{
    /// <summary>The weaker clues that name another lead, in the order of their weight.</summary>
    public IReadOnlyList<Contradiction> Contradictions { get; init; } = [];

    /// <summary>The path that identified the lead, as it is stored.</summary>
    public MatchPath Path => new(MatchedBy, Contradictions);
}
