using JackAutomotive.Access;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Consent;

internal static class ConsentFeature
{
    /// <summary>Adds the ledger of what people said about contact.</summary>
    public static void AddConsent(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<ConsentOptions>, ValidateConsentOptions>();
        builder.Services.AddOptionsWithValidateOnStart<ConsentOptions>().BindConfiguration(ConsentOptions.SectionName);
        builder.Services.AddSingleton<ConsentLedger>();
        builder.Services.AddSingleton<ConsentReader>();
    }

    public static void MapConsent(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/leads/{id}/consent").WithTags("Consent");

        group.MapGet("", GetConsent.Handle).RequireAuthorization(ApiKeys.Read);
        group.MapPost("", RecordConsent.Handle).RequireAuthorization(ApiKeys.Write);
    }
}
