namespace JackAutomotive.WebhookApi.Features.Calls;

internal static class CallsFeature
{
    public static void AddCalls(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<CallStore>();
        builder.Services.AddSingleton<CallOwner>();
        builder.Services.AddSingleton<RecordingStore>();
    }
}
