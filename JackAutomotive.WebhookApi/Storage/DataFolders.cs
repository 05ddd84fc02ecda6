using JackAutomotive.WebhookApi.Database;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Storage;

/// <summary>
/// The folders on this machine's disk, each under the installation's own: what belongs to one database is never taken for another's,
/// to be moved there or to be swept away, though both are run from one account.
/// </summary>
internal sealed class DataFolders(IOptions<StorageOptions> options, Installation installation)
{
    /// <summary>Finished objects.</summary>
    public string Objects => Of("objects");

    /// <summary>Objects on their way in.</summary>
    public string Incoming => Of("incoming");

    /// <summary>Deliveries that wait for Postgres.</summary>
    public string Spool => Of("spool");

    private string Of(string name) => Path.Combine(options.Value.DataFolder, installation.Id.ToString("N"), name);
}
