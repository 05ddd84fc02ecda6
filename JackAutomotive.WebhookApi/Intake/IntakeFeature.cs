using JackAutomotive.WebhookApi.Alerts;
using JackAutomotive.WebhookApi.Intake.LargeBodies;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Intake;

internal static class IntakeFeature
{
    /// <summary>Adds the checks and limits that every webhook request passes before its delivery is stored.</summary>
    public static void AddIntake(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<IntakeOptions>, ValidateIntakeOptions>();
        builder.Services.AddOptionsWithValidateOnStart<IntakeOptions>().BindConfiguration(IntakeOptions.SectionName);

        builder.AddServerLimits();
        builder.AddPublicAddress();
        builder.Services.AddSingleton<WebhookLimits>();
        builder.Services.AddSingleton<LargeBodyReader>();
        builder.Services.AddSingleton<RejectionLog>();
        builder.Services.AddSingleton<WebhookIntake>();
        builder.Services.AddSingleton<WebhookHealth>();
        builder.Services.AddSingleton<IAlertSource, DeliveryAlertSource>();
        builder.Services.AddSingleton<IAlertSource, MissingSecretAlerts>();
        builder.Services.AddHostedService<MissingSecretsWarning>();
    }
}
