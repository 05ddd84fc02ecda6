namespace JackAutomotive.WebhookApi.Identification;

internal static class IdentificationFeature
{
    public static void AddIdentification(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<LeadMatcher>();
}
