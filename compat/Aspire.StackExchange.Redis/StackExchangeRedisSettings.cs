namespace Aspire.StackExchange.Redis;

/// <summary>
/// How one Redis client is set up. Bound from <c>Aspire:StackExchange:Redis</c>, then <c>Aspire:StackExchange:Redis:{name}</c>.
/// </summary>
public sealed class StackExchangeRedisSettings
{
    /// <summary>The StackExchange.Redis connection string. <c>ConnectionStrings:{name}</c> wins over the bound value.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>True leaves out the health check. Off by default.</summary>
    public bool DisableHealthChecks { get; set; }

    /// <summary>True makes no spans of commands. Off by default.</summary>
    public bool DisableTracing { get; set; }

    /// <summary>True, the default, connects when the multiplexer is first resolved; false connects when the application starts.</summary>
    public bool DisableAutoActivation { get; set; } = true;
}
