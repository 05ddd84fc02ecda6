using System.Net;
using JackAutomotive.ProviderSimulator;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace JackAutomotive.Tests.Simulator;

/// <summary>The simulator as a web service in this process. The simulator posts to a given address and signs with known secrets.</summary>
internal sealed class RunningSimulator(string target, params (string Name, string? Value)[] settings)
    : WebApplicationFactory<SettingMissingException>
{
    public const string AuthToken = "token-in-use";
    public const string Secret = "wsec_in_use";
    public const string LiveSecret = "wsec_live_in_use";
    public const string InitiationSecret = "wsec_caller_in_use";
    public const string ApiKey = "sk_in_use";
    public const string AccountSid = "AC0123456789abcdef0123456789abcdef";
    public const string PhoneNumber = "+12025550100";

    /// <summary>
    /// Starts the simulator on a free port of this machine. Only a real server closes a connection without an answer. Returns its address.
    /// </summary>
    public Uri Listen()
    {
        // UseKestrel(0) would change the addresses of the server while the program already starts it.
        UseKestrel(options => options.Listen(IPAddress.Loopback, 0));
        StartServer();
        return ClientOptions.BaseAddress;
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.ConfigureLogging(logging => logging.ClearProviders());
        builder.ConfigureAppConfiguration(configuration => configuration.AddInMemoryCollection(
        [
            new("services:webhook-api:http:0", target),
            new("TWILIO_AUTH_TOKEN", $"{AuthToken}, token-being-retired"),
            new("TWILIO_ACCOUNT_SID", AccountSid),
            new("TWILIO_PHONE_NUMBER", PhoneNumber),
            new("ELEVENLABS_POST_CALL_WEBHOOK_SECRET", $"{Secret},wsec_being_retired"),
            new("ELEVENLABS_CONVERSATION_EVENTS_WEBHOOK_SECRET", LiveSecret),
            new("ELEVENLABS_CONVERSATION_INITIATION_WEBHOOK_SECRET", InitiationSecret),
            new("ELEVENLABS_API_KEY", ApiKey),
            new("PUBLIC_BASE_URL", null),
            new("Apis:TextSeconds", "0"),
            new("Apis:RingSeconds", "0"),
            new("Apis:CallSeconds", "0"),
        ]).AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>(setting.Name, setting.Value))));
    }
}
