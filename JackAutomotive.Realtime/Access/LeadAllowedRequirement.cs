using JackAutomotive.Contracts;
using Microsoft.AspNetCore.Authorization;

namespace JackAutomotive.Realtime.Access;

/// <summary>Requires that a token which names leads is used only for the streams of these leads.</summary>
internal sealed class LeadAllowedRequirement : IAuthorizationRequirement;

internal sealed class LeadAllowedHandler : AuthorizationHandler<LeadAllowedRequirement>
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, LeadAllowedRequirement requirement)
    {
        if (context.Resource is HttpContext request && IsAllowed(Viewer.Of(context.User), request))
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }

    private static bool IsAllowed(Viewer viewer, HttpContext request)
    {
        if (viewer.Leads is null)
        {
            return true;
        }

        if (request.GetRouteValue("leadId") is not string text)
        {
            return request.GetEndpoint()?.Metadata.GetMetadata<AcceptsLeadTokens>() is not null;
        }

        // A malformed lead id passes this check, so that the endpoint can answer 400 instead of 403.
        return !LeadId.TryParse(text, null, out var lead) || viewer.MayWatch(lead);
    }
}
