using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Storage;

/// <summary>Objects as files, in folders by the first two digits of their names.</summary>
internal sealed class FolderObjectStore(IOptions<StorageOptions> options, ObjectOwner owner, TimeProvider time) : IObjectStore
{
    private string Root => Path.Combine(options.Value.DataFolder, "objects", owner.Id.ToString("N"));

    /// <inheritdoc/>
    public Task PutAsync(string file, ObjectName name, CancellationToken cancellationToken)
    {
        var path = PathOf(name);
        var folder = Path.GetDirectoryName(path)!;
        PrivateFolder.Create(folder);
        File.SetLastWriteTimeUtc(file, time.GetUtcNow().UtcDateTime);
        File.Move(file, path, overwrite: true);

        // The file's content is on disk; its new name has to be as well before anybody is told that it is kept.
        PrivateFolder.Flush(folder);
        PrivateFolder.Flush(Root);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<Stream?> OpenAsync(ObjectName name, CancellationToken cancellationToken)
    {
        try
        {
            // Deleting is allowed meanwhile: whoever reads goes on reading.
            return Task.FromResult<Stream?>(new FileStream(PathOf(name), new FileStreamOptions
            {
                Share = FileShare.Read | FileShare.Delete,
                Options = FileOptions.Asynchronous,
            }));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Task.FromResult<Stream?>(null);
        }
    }

    /// <inheritdoc/>
    public Task<DateTimeOffset?> FindAsync(ObjectName name, CancellationToken cancellationToken)
    {
        var file = new FileInfo(PathOf(name));
        return Task.FromResult(file.Exists ? file.LastWriteTimeUtc : (DateTimeOffset?)null);
    }

    /// <inheritdoc/>
    public Task DeleteAsync(ObjectName name, CancellationToken cancellationToken)
    {
        try
        {
            File.Delete(PathOf(name));
        }
        catch (DirectoryNotFoundException)
        {
            // Nor has any other object of its folder been put.
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<KeptObject> ListAsync(CancellationToken cancellationToken) => List().ToAsyncEnumerable();

    private IEnumerable<KeptObject> List()
    {
        var root = new DirectoryInfo(Root);
        if (!root.Exists)
        {
            yield break;
        }

        foreach (var file in root.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            if (ObjectName.TryParse(file.Name, out var name))
            {
                yield return new KeptObject(name, file.LastWriteTimeUtc);
            }
        }
    }

    private string PathOf(ObjectName name) => Path.Combine(Root, name.Hex[..2], name.Hex);
}
