using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

/// <summary>Adds values that are given from outside.</summary>
public static class ParameterResourceBuilderExtensions
{
    /// <summary>Adds a parameter that comes from configuration, key <c>Parameters:{name}</c>.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder,
        string name,
        bool secret = false) =>
        builder.AddResource(builder.ParameterFromConfiguration(name, secret, null));

    /// <summary>Adds a parameter with a value.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="value">The value.</param>
    /// <param name="publishValueAsDefault">Not used: publishing needs the genuine packages.</param>
    /// <param name="secret">True for a value that must not be shown.</param>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder,
        string name,
        string value,
        bool publishValueAsDefault = false,
        bool secret = false) => builder.AddParameter(name, () => value, publishValueAsDefault, secret);

    /// <summary>Adds a parameter with a value that is found when it is needed.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="valueGetter">Finds the value.</param>
    /// <param name="publishValueAsDefault">Not used: publishing needs the genuine packages.</param>
    /// <param name="secret">True for a value that must not be shown.</param>
    /// <exception cref="ArgumentException">A secret is to be published.</exception>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder,
        string name,
        Func<string> valueGetter,
        bool publishValueAsDefault = false,
        bool secret = false)
    {
        if (publishValueAsDefault && secret)
        {
            throw new ArgumentException("A parameter cannot be both secret and published as a default value.", nameof(secret));
        }

        return builder.AddResource(new ParameterResource(name, _ => valueGetter(), secret));
    }

    /// <summary>Adds a parameter that comes from configuration, key <c>Parameters:{name}</c>, or else from a default.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="value">The default.</param>
    /// <param name="secret">True for a value that must not be shown.</param>
    /// <param name="persist">True to keep the default's value in the AppHost's user secrets for later runs.</param>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder,
        string name,
        ParameterDefault value,
        bool secret = false,
        bool persist = false) =>
        builder.AddResource(builder.ParameterFromConfiguration(name, secret, persist ? builder.Persisted(name, value) : value));

    /// <summary>Adds a parameter that comes from configuration, from a key of its own.</summary>
    public static IResourceBuilder<ParameterResource> AddParameterFromConfiguration(
        this IDistributedApplicationBuilder builder,
        string name,
        string configurationKey,
        bool secret = false) => builder.AddResource(builder.ParameterFromConfiguration(name, secret, null, configurationKey));

    /// <summary>Adds a connection string that comes from configuration, key <c>ConnectionStrings:{name}</c>.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="environmentVariableName">The variable that hands it over; <c>ConnectionStrings__{name}</c> by default.</param>
    public static IResourceBuilder<IResourceWithConnectionString> AddConnectionString(
        this IDistributedApplicationBuilder builder,
        string name,
        string? environmentVariableName = null)
    {
        string FromConfiguration(ParameterDefault? _) => builder.Configuration.GetConnectionString(name)
            ?? throw new MissingParameterValueException(
                $"Connection string parameter resource could not be used because connection string '{name}' is missing.");

        var resource = new ConnectionStringParameterResource(name, FromConfiguration, environmentVariableName)
        {
            IsConnectionString = true,
        };
        return builder.AddResource<IResourceWithConnectionString>(resource);
    }

    /// <summary>Says what a parameter is for.</summary>
    public static IResourceBuilder<ParameterResource> WithDescription(
        this IResourceBuilder<ParameterResource> builder,
        string description,
        bool enableMarkdown = false)
    {
        builder.Resource.Description = description;
        return builder;
    }

    /// <summary>Makes a parameter for a password that is made up once and kept in the AppHost's user secrets.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name; it is not added to the application.</param>
    /// <param name="lower">True for lower-case letters.</param>
    /// <param name="upper">True for upper-case letters.</param>
    /// <param name="numeric">True for digits.</param>
    /// <param name="special">True for special characters.</param>
    /// <param name="minLower">The least number of lower-case letters.</param>
    /// <param name="minUpper">The least number of upper-case letters.</param>
    /// <param name="minNumeric">The least number of digits.</param>
    /// <param name="minSpecial">The least number of special characters.</param>
    public static ParameterResource CreateDefaultPasswordParameter(
        IDistributedApplicationBuilder builder,
        string name,
        bool lower = true,
        bool upper = true,
        bool numeric = true,
        bool special = true,
        int minLower = 0,
        int minUpper = 0,
        int minNumeric = 0,
        int minSpecial = 0)
    {
        var password = new GenerateParameterDefault
        {
            MinLength = 22, // characters: 128 bits from any of the sets
            Lower = lower,
            Upper = upper,
            Numeric = numeric,
            Special = special,
            MinLower = minLower,
            MinUpper = minUpper,
            MinNumeric = minNumeric,
            MinSpecial = minSpecial,
        };
        return builder.ParameterFromConfiguration(name, secret: true, builder.Persisted(name, password));
    }

    private static ParameterResource ParameterFromConfiguration(
        this IDistributedApplicationBuilder builder,
        string name,
        bool secret,
        ParameterDefault? otherwise,
        string? configurationKey = null)
    {
        var key = configurationKey ?? $"Parameters:{name}";
        string Find(ParameterDefault? fallback) => builder.Configuration[key]
            ?? fallback?.GetDefaultValue()
            ?? throw new MissingParameterValueException(
                $"Parameter resource could not be used because configuration key '{key}' is missing "
                + "and the Parameter has no default value.");

        return new ParameterResource(name, Find, secret) { Default = otherwise };
    }

    // An AppHost without user secrets makes up a new value each time.
    private static ParameterDefault Persisted(this IDistributedApplicationBuilder builder, string name, ParameterDefault value) =>
        UserSecrets.Of(builder.AppHostAssembly) is { } secrets
            ? new ConstantParameterDefault(() => secrets.GetOrAdd($"Parameters:{name}", value.GetDefaultValue))
            : value;
}
