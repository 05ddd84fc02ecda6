using JackAutomotive.WebhookApi.Database;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Storage;

/// <summary>
/// The folders on the local disk. All of them are inside a folder that is named by the installation's id, because two installations may run
/// from one user account. Neither installation may move or sweep the other's files.
/// </summary>
internal sealed class DataFolders(IOptions<StorageOptions> options, Installation installation)
{
    /// <summary>The folder of finished objects.</summary>
    public string Objects => PathOf("objects");

    /// <summary>The folder of incomplete uploads.</summary>
    public string Incoming => PathOf("incoming");

    /// <summary>The folder of the spool: deliveries that wait for Postgres.</summary>
    public string Spool => PathOf("spool");

    private string PathOf(string name) => Path.Combine(options.Value.DataFolder, installation.Id.ToString("N"), name);
}
