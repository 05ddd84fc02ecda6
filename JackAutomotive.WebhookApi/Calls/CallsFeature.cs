namespace JackAutomotive.WebhookApi.Calls;

internal static class CallsFeature
{
    public static void AddCalls(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<CallStore>();
        builder.Services.AddSingleton<RecordingStore>();
    }
}
