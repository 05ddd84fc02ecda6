namespace Aspire.Npgsql;

/// <summary>How one Npgsql data source is set up. Bound from <c>Aspire:Npgsql</c>, then <c>Aspire:Npgsql:{name}</c>.</summary>
public sealed class NpgsqlSettings
{
    /// <summary>The Npgsql connection string. <c>ConnectionStrings:{name}</c> wins over the bound value.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>True leaves out the health check. Off by default.</summary>
    public bool DisableHealthChecks { get; set; }

    /// <summary>True leaves Npgsql's activity source out of the traces. Off by default.</summary>
    public bool DisableTracing { get; set; }

    /// <summary>True leaves Npgsql's meter out of the metrics. Off by default.</summary>
    public bool DisableMetrics { get; set; }
}
