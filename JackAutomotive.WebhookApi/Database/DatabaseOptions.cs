using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Database;

/// <summary>Options of the database connection.</summary>
internal sealed class DatabaseOptions
{
    public const string SectionName = "Database";

    /// <summary>The maximum time for which a starting service waits for Postgres. After this time the start fails.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan StartupPatience { get; set; } = TimeSpan.FromSeconds(60);
}

[OptionsValidator]
internal sealed partial class ValidateDatabaseOptions : IValidateOptions<DatabaseOptions>;
