namespace JackAutomotive.WebhookApi.Leads;

internal static class LeadsFeature
{
    public static void AddLeads(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<LeadStore>();
        builder.Services.AddSingleton<ErasedContacts>();
    }
}
