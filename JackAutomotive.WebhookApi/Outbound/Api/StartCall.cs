using System.Security.Claims;
using System.Text.Json;
using JackAutomotive.WebhookApi.Outbound.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Outbound.Api;

/// <summary><c>POST /api/elevenlabs/outbound-call</c></summary>
internal static class StartCall
{
    /// <summary>Accepts a call by the voice agent, which begins at once. See <see cref="OutboundRequest"/> for the body.</summary>
    public static Task<Results<Accepted<AcceptedOutbound>, ValidationProblem, ProblemHttpResult>> Handle(
        JsonElement body,
        ClaimsPrincipal user,
        HttpContext context,
        OutboundAcceptance acceptance,
        CancellationToken cancellationToken)
    {
        var request = OutboundRequest.ReadCall(body, out var errors);
        return acceptance.HandleAsync(OutboundKinds.Call, request, errors, user, context, cancellationToken);
    }
}
