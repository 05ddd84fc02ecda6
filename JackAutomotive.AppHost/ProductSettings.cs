using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace JackAutomotive.AppHost;

/// <summary>
/// The product's settings as parameters. The environment variable <c>TWILIO_AUTH_TOKEN</c> is the parameter
/// <c>twilio-auth-token</c>, and the services receive the variable <c>TWILIO_AUTH_TOKEN</c>.
/// </summary>
/// <param name="ProvidersAreSimulated">True while the provider simulator stands in for Twilio and ElevenLabs.</param>
/// <param name="Parameters">Every setting, by the name of its environment variable.</param>
/// <param name="InventedIdentities">
/// The identities (account, number, agent) without a configured value. The AppHost invents their values for the simulator.
/// </param>
internal sealed record ProductSettings(
    bool ProvidersAreSimulated,
    IReadOnlyDictionary<string, IResourceBuilder<ParameterResource>> Parameters,
    IReadOnlySet<string> InventedIdentities)
{
    /// <summary>
    /// Everything except invented identities. webhook-api rejects or parks webhooks for identities other than the configured ones.
    /// Without a configured identity it handles webhooks for all.
    /// </summary>
    public ProductSettings ForWebhookApi() => Where(variable => !InventedIdentities.Contains(variable));

    /// <summary>Only the settings of streams. Realtime needs no secret of a provider.</summary>
    public ProductSettings ForRealtime() => Where(ConcernsStreams);

    /// <summary>Everything except the settings of streams.</summary>
    public ProductSettings ForSimulator() => Where(variable => !ConcernsStreams(variable));

    private static bool ConcernsStreams(string variable) => variable.StartsWith("STREAM_", StringComparison.Ordinal);

    private ProductSettings Where(Func<string, bool> isIncluded) => this with
    {
        Parameters = Parameters.Where(setting => isIncluded(setting.Key)).ToDictionary(),
    };
}

internal static partial class ProductSettingsExtensions
{
    private const string SimulatedAccount = "AC00000000000000000000000000000000";
    private const string SimulatedNumber = "+12025550100";
    private const string DefaultAgent = "agent_01jwc5v1nafjwv7zw4vtz1050m";

    // webhook-api compares incoming webhooks with these, if they are configured.
    private static readonly string[] s_identities = ["TWILIO_ACCOUNT_SID", "TWILIO_PHONE_NUMBER", "ELEVENLABS_AGENT_ID"];

    // Without these webhook-api cannot verify a real provider's webhooks.
    private static readonly string[] s_providerSecrets = ["TWILIO_AUTH_TOKEN", "ELEVENLABS_POST_CALL_WEBHOOK_SECRET"];

    /// <summary>
    /// Adds a parameter for each setting. While the providers are simulated, every missing secret is generated. With real providers,
    /// the dashboard asks for each missing secret that the product requires.
    /// </summary>
    /// <exception cref="InvalidOperationException"><c>JACK_PROVIDERS</c> has an unknown value.</exception>
    public static ProductSettings AddProductSettings(this IDistributedApplicationBuilder builder)
    {
        var simulated = builder.ProvidersAreSimulated();
        var parameters = new Dictionary<string, IResourceBuilder<ParameterResource>>
        {
            ["TWILIO_ACCOUNT_SID"] = builder.AddSetting("TWILIO_ACCOUNT_SID", simulated ? SimulatedAccount : ""),
            ["TWILIO_AUTH_TOKEN"] = builder.AddProviderSecret("TWILIO_AUTH_TOKEN", simulated),
            ["TWILIO_PHONE_NUMBER"] = builder.AddSetting("TWILIO_PHONE_NUMBER", simulated ? SimulatedNumber : ""),
            ["ELEVENLABS_AGENT_ID"] = builder.AddSetting("ELEVENLABS_AGENT_ID", DefaultAgent),
            ["ELEVENLABS_POST_CALL_WEBHOOK_SECRET"] = builder.AddProviderSecret("ELEVENLABS_POST_CALL_WEBHOOK_SECRET", simulated),
            ["ELEVENLABS_CONVERSATION_EVENTS_WEBHOOK_SECRET"] =
                builder.AddOptionalSecret("ELEVENLABS_CONVERSATION_EVENTS_WEBHOOK_SECRET", simulated),
            ["ELEVENLABS_CONVERSATION_INITIATION_WEBHOOK_SECRET"] =
                builder.AddOptionalSecret("ELEVENLABS_CONVERSATION_INITIATION_WEBHOOK_SECRET", simulated),
            ["ELEVENLABS_CONVERSATION_INITIATION_HEADER"] = builder.AddSetting("ELEVENLABS_CONVERSATION_INITIATION_HEADER", ""),
            ["STAFF_PHONE_NUMBERS"] = builder.AddSetting("STAFF_PHONE_NUMBERS", ""),
            ["DEALERSHIP_NAME"] = builder.AddSetting("DEALERSHIP_NAME", ""),
            ["AGENT_NAME"] = builder.AddSetting("AGENT_NAME", ""),
            ["PUBLIC_BASE_URL"] = builder.AddSetting("PUBLIC_BASE_URL", ""),
            ["JACK_API_KEY"] = builder.AddOwnSecret("JACK_API_KEY"),
            ["STREAM_TOKEN_SECRET"] = builder.AddOwnSecret("STREAM_TOKEN_SECRET"),
            ["STREAM_ALLOWED_ORIGINS"] = builder.AddSetting("STREAM_ALLOWED_ORIGINS", ""),
        };
        builder.ReportMissingSecrets(s_providerSecrets.Where(variable => !simulated && !builder.IsConfigured(variable)));
        return new ProductSettings(simulated, parameters, s_identities.Where(variable => !builder.IsConfigured(variable)).ToHashSet());
    }

    /// <summary>Passes every setting to a service.</summary>
    public static IResourceBuilder<ProjectResource> WithSettings(this IResourceBuilder<ProjectResource> project, ProductSettings settings)
    {
        foreach (var (variable, parameter) in settings.Parameters)
        {
            project.WithEnvironment(variable, parameter);
        }

        return project;
    }

    private static bool ProvidersAreSimulated(this IDistributedApplicationBuilder builder) =>
        builder.Configuration["JACK_PROVIDERS"] switch
        {
            "simulated" => true,
            "real" => false,
            null or "" => builder.ExecutionContext.IsRunMode // A published system uses the real providers unless JACK_PROVIDERS is set.
                && builder.LacksProviderAccount(),
            var other => throw new InvalidOperationException($"JACK_PROVIDERS is '{other}'. Set it to 'simulated' or 'real'."),
        };

    private static bool LacksProviderAccount(this IDistributedApplicationBuilder builder) =>
        string.IsNullOrEmpty(builder.Configuration["TWILIO_ACCOUNT_SID"])
        || string.IsNullOrEmpty(builder.Configuration["ELEVENLABS_API_KEY"]);

    private static IResourceBuilder<ParameterResource> AddSetting(
        this IDistributedApplicationBuilder builder, string variable, string defaultValue)
    {
        var name = builder.CopyToParameter(variable);
        return builder.AddParameter(name, () => builder.Configuration[$"Parameters:{name}"] ?? defaultValue, publishValueAsDefault: true);
    }

    /// <summary>Adds a secret of the product itself. The AppHost's user secrets store a generated value.</summary>
    private static IResourceBuilder<ParameterResource> AddOwnSecret(this IDistributedApplicationBuilder builder, string variable) =>
        builder.AddParameter(builder.CopyToParameter(variable), NewSecret(), secret: true, persist: true);

    /// <summary>
    /// Adds a secret that a provider signs with. A value that is generated for the simulator is not stored: a later start with real
    /// providers would use the stored value as the provider's secret.
    /// </summary>
    private static IResourceBuilder<ParameterResource> AddProviderSecret(
        this IDistributedApplicationBuilder builder, string variable, bool simulated) =>
        simulated
            ? builder.AddParameter(builder.CopyToParameter(variable), NewSecret(), secret: true)
            : builder.AddParameter(builder.CopyToParameter(variable), secret: true);

    /// <summary>Adds the secret of an optional webhook. With real providers, the webhook stays switched off while the secret is missing.</summary>
    private static IResourceBuilder<ParameterResource> AddOptionalSecret(
        this IDistributedApplicationBuilder builder, string variable, bool simulated)
    {
        if (simulated)
        {
            return builder.AddProviderSecret(variable, simulated);
        }

        var name = builder.CopyToParameter(variable);
        return builder.AddParameter(name, () => builder.Configuration[$"Parameters:{name}"] ?? "", secret: true);
    }

    private static GenerateParameterDefault NewSecret() => new() { MinLength = 32, Special = false };

    /// <summary>Copies the variable's value, if it has one, to the parameter; returns the parameter's name.</summary>
    private static string CopyToParameter(this IDistributedApplicationBuilder builder, string variable)
    {
        var name = ToParameterName(variable);
        if (builder.Configuration[variable] is { Length: > 0 } value)
        {
            builder.Configuration[$"Parameters:{name}"] = value;
        }

        return name;
    }

    private static bool IsConfigured(this IDistributedApplicationBuilder builder, string variable) =>
        !string.IsNullOrEmpty(builder.Configuration[$"Parameters:{ToParameterName(variable)}"]);

    private static string ToParameterName(string variable) => variable.Replace('_', '-').ToLowerInvariant();

    // run.sh looks for this line, so that the terminal says what the dashboard waits for.
    private static void ReportMissingSecrets(this IDistributedApplicationBuilder builder, IEnumerable<string> variables)
    {
        var missing = string.Join(", ", variables);
        if (missing.Length == 0)
        {
            return;
        }

        builder.OnBeforeStart((start, _) =>
        {
            LogMissing(start.Services.GetRequiredService<ILoggerFactory>().CreateLogger("JackAutomotive.AppHost"), missing);
            return Task.CompletedTask;
        });
    }

    [LoggerMessage(LogLevel.Warning, "Missing settings: {Variables}. The dashboard asks for them, and webhook-api waits until it has them.")]
    private static partial void LogMissing(ILogger logger, string variables);
}
