using Microsoft.Extensions.Options;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace Aspire.StackExchange.Redis;

/// <summary>
/// Starts a client's <see cref="ConfigurationOptions"/> from its connection string, which an ordinary configure callback cannot do:
/// parsing makes a new object. Callbacks registered for the options still run after it.
/// </summary>
internal sealed class RedisOptionsFactory(
    IEnumerable<RedisConnectionString> connectionStrings,
    IEnumerable<IConfigureOptions<ConfigurationOptions>> setups,
    IEnumerable<IPostConfigureOptions<ConfigurationOptions>> postConfigures,
    IEnumerable<IValidateOptions<ConfigurationOptions>> validations)
    : OptionsFactory<ConfigurationOptions>(setups, postConfigures, validations)
{
    protected override ConfigurationOptions CreateInstance(string name)
    {
        var connectionString = connectionStrings.LastOrDefault(candidate => candidate.OptionsName == name)?.Value;
        var options = connectionString is null ? base.CreateInstance(name) : ConfigurationOptions.Parse(connectionString);
        if (options.Defaults.GetType() == typeof(DefaultOptionsProvider))
        {
            options.Defaults = new RetryingDefaults();
        }

        return options;
    }

    /// <summary>Keeps on connecting when the server is not there yet, unless the connection string says otherwise.</summary>
    private sealed class RetryingDefaults : DefaultOptionsProvider
    {
        public override bool AbortOnConnectFail => false;
    }
}

/// <summary>The connection string of the options with that name; the empty name is the client without a key.</summary>
internal sealed record RedisConnectionString(string OptionsName, string? Value);
