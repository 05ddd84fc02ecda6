using System.Security.Claims;
using System.Text.Json;
using JackAutomotive.WebhookApi.Outbound.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Outbound.Api;

/// <summary><c>POST /api/twilio/send-sms</c></summary>
internal static class SendSms
{
    /// <summary>Accepts a text, which goes out at once. See <see cref="OutboundRequest"/> for the body.</summary>
    public static Task<Results<Accepted<AcceptedOutbound>, ValidationProblem, ProblemHttpResult>> Handle(
        JsonElement body,
        ClaimsPrincipal user,
        HttpContext context,
        OutboundAcceptance acceptance,
        CancellationToken cancellationToken)
    {
        var request = OutboundRequest.ReadText(body, out var errors);
        return acceptance.HandleAsync(OutboundKinds.Text, request, errors, user, context, cancellationToken);
    }
}
