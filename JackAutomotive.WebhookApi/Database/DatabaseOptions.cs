using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Database;

/// <summary>How the service gets on with its database.</summary>
internal sealed class DatabaseOptions
{
    public const string SectionName = "Database";

    /// <summary>How long a starting service waits for Postgres before it gives up.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan StartupPatience { get; set; } = TimeSpan.FromSeconds(60);
}

[OptionsValidator]
internal sealed partial class ValidateDatabaseOptions : IValidateOptions<DatabaseOptions>;
