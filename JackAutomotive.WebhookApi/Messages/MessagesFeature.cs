namespace JackAutomotive.WebhookApi.Messages;

internal static class MessagesFeature
{
    public static void AddMessages(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<MessageStore>();
        builder.Services.AddSingleton<MessageStateStore>();
    }
}
