using JackAutomotive.ProviderSimulator.Apis;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Twilio.Api;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Twilio;

internal static class TwilioFeature
{
    public static void AddTwilio(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<TwilioOptions, ValidateTwilioOptions>().Bind(builder.Configuration);
        builder.Services.AddTransient<TwilioSigningHandler>();
        builder.Services.AddHttpClient<TwilioWebhooks>(PostingFeature.PointToTarget).AddHttpMessageHandler<TwilioSigningHandler>();
        builder.Services.AddSingleton<TwilioAccount>();
        builder.Services.AddTransient<SendMessage>();
        builder.Services.AddTransient<StartCall>();
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration("twilio", CheckToken, failureStatus: null, tags: null));
    }

    /// <summary>Maps Twilio's API, behind the account's credentials and the faults.</summary>
    public static void MapTwilioApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/2010-04-01/Accounts")
            .AddEndpointFilter(TwilioRequest.Authenticate)
            .WithFaults("twilio", TwilioErrors.OfStatus);
        api.MapGet("/{accountSid}.json", Lookups.Account);
        api.MapPost("/{accountSid}/Messages.json", SendMessage.Handle);
        api.MapGet("/{accountSid}/Messages.json", Lookups.Messages);
        api.MapGet("/{accountSid}/Messages/{sid}.json", Lookups.Message);
        api.MapPost("/{accountSid}/Calls.json", StartCall.Handle);
        api.MapGet("/{accountSid}/Calls.json", Lookups.Calls);
        api.MapGet("/{accountSid}/Calls/{sid}.json", Lookups.Call);
        api.MapGet("/{accountSid}/Calls/{sid}/Recordings.json", Lookups.CallRecordings);
        api.MapGet("/{accountSid}/Recordings.json", Media.Recordings);
        api.MapGet("/{accountSid}/Recordings/{file}", Media.Recording);
        api.MapGet("/{accountSid}/Messages/{message}/Media/{media}", Media.Picture);
        routes.MapGet("/media/{media}.jpg", Media.Storage);
    }

    private static SettingCheck CheckToken(IServiceProvider services) =>
        new(() => services.GetRequiredService<IOptions<TwilioOptions>>().Value.SigningToken);
}
