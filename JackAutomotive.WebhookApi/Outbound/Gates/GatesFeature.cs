using JackAutomotive.Access;
using JackAutomotive.WebhookApi.Outbound.Texts;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Outbound.Gates;

internal static class GatesFeature
{
    /// <summary>Adds the gates in front of every text and call, and what is known of failed texts.</summary>
    public static void AddGates(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<GateOptions>, ValidateGateOptions>();
        builder.Services.AddOptionsWithValidateOnStart<GateOptions>().BindConfiguration(GateOptions.SectionName);
        builder.Services.AddSingleton<OutboundGates>();
        builder.Services.AddSingleton<OutboundDecisionStore>();
        builder.Services.AddSingleton<TextOutcomes>();
    }

    public static void MapGates(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/outbound").WithTags("Outbound");

        group.MapPost("/check", CheckOutbound.Handle).RequireAuthorization(ApiKeys.Read);
        group.MapPost("/check-all", CheckAllOutbound.Handle).RequireAuthorization(ApiKeys.Read);
    }
}
