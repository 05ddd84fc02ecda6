using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Conversations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Briefing;

/// <summary>The one builder of briefings, for calls in both directions and for texts.</summary>
internal sealed class BriefingBuilder(BriefingReader reader, IOptions<ConversationsOptions> names, IOptions<BriefingOptions> options)
{
    /// <summary>Reads what is known of a lead, and writes the briefing. Returns null if there is no such lead.</summary>
    public async Task<LeadBriefing?> BuildAsync(LeadId lead, BriefingChannel channel, CancellationToken cancellationToken)
    {
        var (_, state) = await reader.ReadAsync(new BriefingSubject(lead), cancellationToken);
        return state is null ? null : Compose(state, channel);
    }

    /// <summary>Writes the briefing about a lead. A null state yields the briefing about an unknown caller.</summary>
    public LeadBriefing Compose(BriefingState? state, BriefingChannel channel) =>
        BriefingComposer.Compose(state, channel, names.Value, options.Value.MaxTokens);
}
