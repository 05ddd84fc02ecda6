using JackAutomotive.ProviderSimulator.Apis;
using JackAutomotive.ProviderSimulator.ElevenLabs.Api;
using JackAutomotive.ProviderSimulator.Posting;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.ElevenLabs;

internal static class ElevenLabsFeature
{
    public static void AddElevenLabs(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<ElevenLabsOptions, ValidateElevenLabsOptions>().Bind(builder.Configuration);
        builder.Services.AddHttpClient<ElevenLabsWebhooks>(PostingFeature.PointToTarget);
        builder.Services.AddSingleton<ElevenLabsWorkspace>();
        builder.Services.AddTransient<OutboundCall>();
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration("elevenlabs", CheckSecret, failureStatus: null, tags: null));
    }

    /// <summary>Maps ElevenLabs' API, behind the workspace's key and the faults.</summary>
    public static void MapElevenLabsApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/v1/convai")
            .AddEndpointFilter(ElevenLabsAuthentication.Authenticate)
            .WithFaults("elevenlabs", ElevenLabsErrors.OfStatus);
        api.MapPost("/twilio/outbound-call", OutboundCall.Handle);
        api.MapGet("/conversations", Lookups.Conversations);
        api.MapGet("/conversations/{id}", Lookups.Conversation);
        api.MapGet("/conversations/{id}/audio", Lookups.Audio);
        api.MapGet("/agents", Lookups.Agents);
        api.MapGet("/agents/{id}", Lookups.Agent);
        api.MapGet("/phone-numbers", Lookups.Numbers);
        api.MapGet("/phone-numbers/{id}", Lookups.PhoneNumber);
    }

    private static SettingCheck CheckSecret(IServiceProvider services) => new(() =>
    {
        var options = services.GetRequiredService<IOptions<ElevenLabsOptions>>().Value;
        return options.SigningSecret + options.LiveSecret + options.InitiationSecret;
    });
}
