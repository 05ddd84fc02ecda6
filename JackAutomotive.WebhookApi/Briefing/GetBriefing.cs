using System.Text.Json.Nodes;
using JackAutomotive.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Briefing;

/// <summary>A briefing as an agent would receive it now.</summary>
/// <param name="LeadId">The lead.</param>
/// <param name="Channel">voice or text.</param>
/// <param name="Text">The text for the agent's prompt.</param>
/// <param name="TokenCount">The number of tokens of the text.</param>
/// <param name="MaxTokens">The budget.</param>
/// <param name="Variables">The dynamic variables, as the provider receives them.</param>
/// <param name="Cut">The lines that did not fit into the budget.</param>
internal sealed record BriefingDetails(
    Guid LeadId,
    string Channel,
    string Text,
    int TokenCount,
    int MaxTokens,
    JsonObject Variables,
    IReadOnlyList<BriefingCut> Cut);

/// <summary><c>GET /api/leads/{id}/briefing?channel=voice|text</c></summary>
internal static class GetBriefing
{
    /// <summary>Shows the briefing that an agent would receive about a lead now.</summary>
    public static async Task<Results<Ok<BriefingDetails>, ValidationProblem, ProblemHttpResult>> Handle(
        string id,
        BriefingBuilder builder,
        IOptions<BriefingOptions> options,
        CancellationToken cancellationToken,
        string channel = "voice")
    {
        if (channel is not ("voice" or "text"))
        {
            return TypedResults.ValidationProblem(new Dictionary<string, string[]> { ["channel"] = ["It must be 'voice' or 'text'."] });
        }

        return LeadId.TryParse(id, null, out var lead)
            && await builder.BuildAsync(lead, channel == "text" ? BriefingChannel.Text : BriefingChannel.Voice, cancellationToken) is { } briefing
            ? TypedResults.Ok(new BriefingDetails(
                lead.Value,
                channel,
                briefing.Text,
                briefing.TokenCount,
                options.Value.MaxTokens,
                briefing.Variables.ToJson(),
                briefing.Cut))
            : Problems.NoSuchLead();
    }
}
