namespace JackAutomotive.AppHost;

/// <summary>
/// The product's settings as parameters. Each is known by the name of its environment variable: <c>TWILIO_AUTH_TOKEN</c> is
/// the parameter <c>twilio-auth-token</c> and reaches a service as <c>TWILIO_AUTH_TOKEN</c> again.
/// </summary>
/// <param name="ProvidersAreSimulated">True while the provider simulator stands in for Twilio and ElevenLabs.</param>
/// <param name="Parameters">Each setting, by the name of its environment variable.</param>
/// <param name="MadeUp">Settings of no secret kind that nobody gave: a value was made up for the simulator to use.</param>
internal sealed record ProductSettings(
    bool ProvidersAreSimulated,
    IReadOnlyDictionary<string, IResourceBuilder<ParameterResource>> Parameters,
    IReadOnlySet<string> MadeUp)
{
    /// <summary>
    /// Without the account, number and agent that were made up: whoever gets these compares what comes in with them, and by itself
    /// the product takes signed webhooks for any.
    /// </summary>
    public ProductSettings AsGiven() => Those(variable => !MadeUp.Contains(variable));

    /// <summary>Only what has to do with streams: who serves them needs no provider's secret.</summary>
    public ProductSettings OfStreams() => Those(IsOfStreams);

    /// <summary>Without what has to do with streams, for whoever neither serves them nor lets others in.</summary>
    public ProductSettings OfProviders() => Those(variable => !IsOfStreams(variable));

    private static bool IsOfStreams(string variable) => variable.StartsWith("STREAM_", StringComparison.Ordinal);

    private ProductSettings Those(Func<string, bool> areWanted) => this with
    {
        Parameters = Parameters.Where(setting => areWanted(setting.Key)).ToDictionary(),
    };
}

internal static class ProductSettingsExtensions
{
    private const string SimulatedAccount = "AC00000000000000000000000000000000";
    private const string SimulatedNumber = "+12025550100";
    private const string DefaultAgent = "agent_01jwc5v1nafjwv7zw4vtz1050m";

    // What webhook-api compares incoming webhooks with, if it is given.
    private static readonly string[] s_compared = ["TWILIO_ACCOUNT_SID", "TWILIO_PHONE_NUMBER", "ELEVENLABS_AGENT_ID"];

    private static readonly string[] s_neededByRealProviders = ["TWILIO_AUTH_TOKEN", "ELEVENLABS_POST_CALL_WEBHOOK_SECRET"];

    /// <summary>Adds a parameter for each setting. What the environment does not give is made up while the providers are simulated.</summary>
    /// <exception cref="InvalidOperationException">The providers are real, and what they sign with is not given; says what is missing.</exception>
    public static ProductSettings AddProductSettings(this IDistributedApplicationBuilder builder)
    {
        var simulated = builder.ProvidersAreSimulated();
        var missing = s_neededByRealProviders.Where(variable => string.IsNullOrEmpty(builder.Configuration[variable])).ToArray();
        if (!simulated && missing.Length > 0)
        {
            throw new InvalidOperationException($"With real providers these have to be set: {string.Join(", ", missing)}.");
        }

        var parameters = new Dictionary<string, IResourceBuilder<ParameterResource>>
        {
            ["TWILIO_ACCOUNT_SID"] = builder.AddSetting("TWILIO_ACCOUNT_SID", simulated ? SimulatedAccount : ""),
            ["TWILIO_AUTH_TOKEN"] = builder.AddSecret("TWILIO_AUTH_TOKEN"),
            ["TWILIO_PHONE_NUMBER"] = builder.AddSetting("TWILIO_PHONE_NUMBER", simulated ? SimulatedNumber : ""),
            ["ELEVENLABS_AGENT_ID"] = builder.AddSetting("ELEVENLABS_AGENT_ID", DefaultAgent),
            ["ELEVENLABS_POST_CALL_WEBHOOK_SECRET"] = builder.AddSecret("ELEVENLABS_POST_CALL_WEBHOOK_SECRET"),
            ["ELEVENLABS_CONVERSATION_EVENTS_WEBHOOK_SECRET"] =
                builder.AddOptionalSecret("ELEVENLABS_CONVERSATION_EVENTS_WEBHOOK_SECRET", simulated),
            ["ELEVENLABS_CONVERSATION_INITIATION_WEBHOOK_SECRET"] =
                builder.AddOptionalSecret("ELEVENLABS_CONVERSATION_INITIATION_WEBHOOK_SECRET", simulated),
            ["ELEVENLABS_CONVERSATION_INITIATION_HEADER"] = builder.AddSetting("ELEVENLABS_CONVERSATION_INITIATION_HEADER", ""),
            ["DEALERSHIP_NAME"] = builder.AddSetting("DEALERSHIP_NAME", ""),
            ["AGENT_NAME"] = builder.AddSetting("AGENT_NAME", ""),
            ["PUBLIC_BASE_URL"] = builder.AddSetting("PUBLIC_BASE_URL", ""),
            ["JACK_API_KEY"] = builder.AddSecret("JACK_API_KEY"),
            ["STREAM_TOKEN_SECRET"] = builder.AddSecret("STREAM_TOKEN_SECRET"),
            ["STREAM_ALLOWED_ORIGINS"] = builder.AddSetting("STREAM_ALLOWED_ORIGINS", ""),
        };
        return new ProductSettings(simulated, parameters, s_compared.Where(variable => !builder.IsGiven(variable)).ToHashSet());
    }

    /// <summary>Hands every setting to a service.</summary>
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
            null or "" => string.IsNullOrEmpty(builder.Configuration["TWILIO_ACCOUNT_SID"])
                || string.IsNullOrEmpty(builder.Configuration["ELEVENLABS_API_KEY"]),
            var other => throw new InvalidOperationException($"JACK_PROVIDERS is '{other}': it has to be 'simulated' or 'real'."),
        };

    private static IResourceBuilder<ParameterResource> AddSetting(this IDistributedApplicationBuilder builder, string variable, string otherwise) =>
        builder.AddParameter(builder.TakeFromEnvironment(variable), () => builder.Configuration[variable] ?? otherwise);

    /// <summary>A secret that is made up where it is not given.</summary>
    private static IResourceBuilder<ParameterResource> AddSecret(this IDistributedApplicationBuilder builder, string variable) =>
        builder.AddParameter(
            builder.TakeFromEnvironment(variable), new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true);

    /// <summary>A secret of a webhook that real providers need not send: without one it stays switched off.</summary>
    private static IResourceBuilder<ParameterResource> AddOptionalSecret(
        this IDistributedApplicationBuilder builder, string variable, bool simulated) =>
        simulated
            ? builder.AddSecret(variable)
            : builder.AddParameter(builder.TakeFromEnvironment(variable), () => builder.Configuration[variable] ?? "", secret: true);

    /// <summary>The variable's value, if it has one, becomes the parameter's; returns the parameter's name.</summary>
    private static string TakeFromEnvironment(this IDistributedApplicationBuilder builder, string variable)
    {
        var name = NameOf(variable);
        if (builder.Configuration[variable] is { Length: > 0 } value)
        {
            builder.Configuration[$"Parameters:{name}"] = value;
        }

        return name;
    }

    /// <summary>Whether somebody gave the setting a value, by the environment or as a parameter.</summary>
    private static bool IsGiven(this IDistributedApplicationBuilder builder, string variable) =>
        !string.IsNullOrEmpty(builder.Configuration[variable])
        || !string.IsNullOrEmpty(builder.Configuration[$"Parameters:{NameOf(variable)}"]);

    private static string NameOf(string variable) => variable.Replace('_', '-').ToLowerInvariant();
}
