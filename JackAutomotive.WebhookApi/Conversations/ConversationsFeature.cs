using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Conversations;

internal static class ConversationsFeature
{
    public static void AddConversations(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<ConversationsOptions>, ValidateConversationsOptions>();
        builder.Services.AddOptionsWithValidateOnStart<ConversationsOptions>()
            .BindConfiguration(ConversationsOptions.SectionName)
            .Configure<IConfiguration>((options, configuration) =>
            {
                options.DealershipName = NullIfBlank(configuration[ConversationsOptions.DealershipNameSetting]) ?? options.DealershipName;
                options.AgentName = NullIfBlank(configuration[ConversationsOptions.AgentNameSetting]) ?? options.AgentName;
            });

        builder.Services.AddSingleton<ConversationStore>();
        builder.Services.AddSingleton<LiveConversationStore>();
        builder.Services.AddSingleton<LiveConversations>();
        builder.Services.AddSingleton<LiveTranscript>();
        builder.Services.AddHostedService(services => services.GetRequiredService<LiveTranscript>());
        builder.Services.AddSingleton<InitiationSessionStore>();
        builder.Services.AddSingleton<LiveConversationSweep>();
        builder.Services.AddHostedService(services => services.GetRequiredService<LiveConversationSweep>());
    }

    private static string? NullIfBlank(string? setting) => string.IsNullOrWhiteSpace(setting) ? null : setting.Trim();
}
