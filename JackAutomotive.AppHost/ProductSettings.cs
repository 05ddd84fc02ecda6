namespace JackAutomotive.AppHost;

/// <summary>
/// The product's settings as parameters. Each is known by the name of its environment variable: <c>TWILIO_AUTH_TOKEN</c> is
/// the parameter <c>twilio-auth-token</c> and reaches a service as <c>TWILIO_AUTH_TOKEN</c> again.
/// </summary>
/// <param name="ProvidersAreSimulated">True while the provider simulator stands in for Twilio and ElevenLabs.</param>
/// <param name="Parameters">Each setting, by the name of its environment variable.</param>
internal sealed record ProductSettings(bool ProvidersAreSimulated, IReadOnlyDictionary<string, IResourceBuilder<ParameterResource>> Parameters);

internal static class ProductSettingsExtensions
{
    private const string SimulatedAccount = "AC00000000000000000000000000000000";
    private const string SimulatedNumber = "+12025550100";
    private const string DefaultAgent = "agent_01jwc5v1nafjwv7zw4vtz1050m";

    /// <summary>
    /// Adds a parameter for each setting. What the environment does not give is made up while the providers are simulated;
    /// otherwise the dashboard asks for it.
    /// </summary>
    public static ProductSettings AddProductSettings(this IDistributedApplicationBuilder builder)
    {
        var simulated = builder.ProvidersAreSimulated();

        return new ProductSettings(simulated, new Dictionary<string, IResourceBuilder<ParameterResource>>
        {
            ["TWILIO_ACCOUNT_SID"] = builder.AddSetting("TWILIO_ACCOUNT_SID", simulated ? SimulatedAccount : null),
            ["TWILIO_AUTH_TOKEN"] = builder.AddSecret("TWILIO_AUTH_TOKEN", generated: simulated),
            ["TWILIO_PHONE_NUMBER"] = builder.AddSetting("TWILIO_PHONE_NUMBER", simulated ? SimulatedNumber : null),
            ["ELEVENLABS_AGENT_ID"] = builder.AddSetting("ELEVENLABS_AGENT_ID", DefaultAgent),
            ["ELEVENLABS_POST_CALL_WEBHOOK_SECRET"] = builder.AddSecret("ELEVENLABS_POST_CALL_WEBHOOK_SECRET", generated: simulated),
            ["PUBLIC_BASE_URL"] = builder.AddSetting("PUBLIC_BASE_URL", ""),
            ["JACK_API_KEY"] = builder.AddSecret("JACK_API_KEY", generated: true),
        });
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

    private static IResourceBuilder<ParameterResource> AddSetting(this IDistributedApplicationBuilder builder, string variable, string? otherwise)
    {
        var name = builder.TakeFromEnvironment(variable);
        return otherwise is null ? builder.AddParameter(name) : builder.AddParameter(name, () => builder.Configuration[variable] ?? otherwise);
    }

    private static IResourceBuilder<ParameterResource> AddSecret(this IDistributedApplicationBuilder builder, string variable, bool generated)
    {
        var name = builder.TakeFromEnvironment(variable);
        return generated
            ? builder.AddParameter(name, new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true)
            : builder.AddParameter(name, secret: true);
    }

    /// <summary>The variable's value, if it has one, becomes the parameter's; returns the parameter's name.</summary>
    private static string TakeFromEnvironment(this IDistributedApplicationBuilder builder, string variable)
    {
        var name = variable.Replace('_', '-').ToLowerInvariant();
        if (builder.Configuration[variable] is { Length: > 0 } value)
        {
            builder.Configuration[$"Parameters:{name}"] = value;
        }

        return name;
    }
}
