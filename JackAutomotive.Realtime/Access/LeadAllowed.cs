using JackAutomotive.Contract;
using Microsoft.AspNetCore.Authorization;

namespace JackAutomotive.Realtime.Access;

/// <summary>A token that names leads opens their streams and no others.</summary>
internal sealed class LeadAllowed : IAuthorizationRequirement;

internal sealed class LeadAllowedHandler : AuthorizationHandler<LeadAllowed>
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, LeadAllowed requirement)
    {
        if (context.Resource is HttpContext request && IsAllowed(Viewer.Of(context.User), request))
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }

    // What is no lead's id at all is let through: the handler says so.
    private static bool IsAllowed(Viewer viewer, HttpContext request) =>
        viewer.Leads is null
        || (request.GetRouteValue("leadId") is string text
            ? !LeadId.TryParse(text, null, out var lead) || viewer.MayWatch(lead)
            : request.GetEndpoint()?.Metadata.GetMetadata<HandlerChecksLeads>() is not null);
}
