using JackAutomotive.Access;
using JackAutomotive.WebhookApi.Consent;
using JackAutomotive.WebhookApi.Outbound.Api;
using JackAutomotive.WebhookApi.Outbound.Jobs;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Outbound;

internal static class OutboundFeature
{
    /// <summary>Adds texts and calls that go out: the jobs with their worker, and what applies their results.</summary>
    public static void AddOutbound(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<OutboundOptions>, ValidateOutboundOptions>();
        builder.Services.AddSingleton<IValidateOptions<OutboundOptions>, ValidateOutboundRelations>();
        builder.Services.AddOptionsWithValidateOnStart<OutboundOptions>().BindConfiguration(OutboundOptions.SectionName);

        builder.Services.AddSingleton<OutboundSignal>();
        builder.Services.AddSingleton<OutboundJobStore>();
        builder.Services.AddSingleton<OutboundClaims>();
        builder.Services.AddSingleton<OutboundPauses>();
        builder.Services.AddSingleton<OutboundAlerts>();
        builder.Services.AddSingleton<ProviderBreakers>();
        builder.Services.AddSingleton<OutboundGateways>();
        builder.Services.AddSingleton<OutboundResultStore>();
        builder.Services.AddSingleton<OutboundResults>();
        builder.Services.AddSingleton<OutboundDispatcher>();
        builder.Services.AddSingleton<OutboundAcceptance>();
        builder.Services.AddSingleton<OutboundReader>();
        builder.Services.AddSingleton<IConsentListener, OutboundWithdrawals>();
        builder.Services.AddSingleton<OutboundWorker>();
        builder.Services.AddHostedService(services => services.GetRequiredService<OutboundWorker>());
    }

    public static void MapOutbound(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api").WithTags("Outbound");
        var size = new RequestSizeLimitAttribute(OutboundRequest.MaxBytes);

        group.MapPost("/twilio/send-sms", SendSms.Handle).RequireAuthorization(ApiKeys.Write).WithMetadata(size);
        group.MapPost("/elevenlabs/outbound-call", StartCall.Handle).RequireAuthorization(ApiKeys.Write).WithMetadata(size);
        group.MapGet("/outbound", ListOutbound.Handle).RequireAuthorization(ApiKeys.Read);
        group.MapGet("/outbound/{id}", GetOutbound.Handle).RequireAuthorization(ApiKeys.Read);
        group.MapDelete("/outbound/{id}", WithdrawOutbound.Handle).RequireAuthorization(ApiKeys.Write);
    }
}
