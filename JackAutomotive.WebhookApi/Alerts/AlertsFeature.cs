using JackAutomotive.Access;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Alerts;

internal static class AlertsFeature
{
    /// <summary>Adds the alerts and their monitor. Other features register what they can find as <see cref="IAlertSource"/>.</summary>
    public static void AddAlerts(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<AlertOptions>, ValidateAlertOptions>();
        builder.Services.AddOptionsWithValidateOnStart<AlertOptions>().BindConfiguration(AlertOptions.SectionName);
        builder.Services.AddSingleton<WebhookApiMetrics>();
        builder.Services.AddSingleton<AlertStore>();
        builder.Services.AddSingleton<AlertReader>();
        builder.Services.AddSingleton<AlertReports>();
        builder.Services.AddSingleton<IAlertSource, LoopAlerts>();
        builder.Services.AddSingleton<AlertMonitor>();
        builder.Services.AddHostedService(services => services.GetRequiredService<AlertMonitor>());
    }

    public static void MapAlerts(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/alerts").WithTags("Alerts");

        group.MapGet("", ListAlerts.Handle).RequireAuthorization(ApiKeys.Read);
        group.MapGet("/stream", StreamAlerts.Handle).RequireAuthorization(ApiKeys.Read);
        group.MapPost("/{id}/acknowledge", AcknowledgeAlert.Handle).RequireAuthorization(ApiKeys.Write);
    }
}
