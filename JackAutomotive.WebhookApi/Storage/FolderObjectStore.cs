namespace JackAutomotive.WebhookApi.Storage;

/// <summary>Stores objects as files. The first two digits of an object's name are the name of its folder.</summary>
internal sealed class FolderObjectStore(DataFolders folders, TimeProvider time) : IObjectStore
{
    /// <inheritdoc/>
    public Task PutAsync(string file, ObjectName name, CancellationToken cancellationToken)
    {
        var path = PathOf(name);
        var folder = Path.GetDirectoryName(path)!;
        PrivateFolder.Create(folder);
        File.SetLastWriteTimeUtc(file, time.GetUtcNow().UtcDateTime);
        File.Move(file, path, overwrite: true);

        // The content of the file is already on disk. The new directory entry must be on disk too before the caller may rely on the object.
        PrivateFolder.Flush(folder);
        PrivateFolder.Flush(folders.Objects);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<Stream?> OpenAsync(ObjectName name, CancellationToken cancellationToken)
    {
        try
        {
            // FileShare.Delete lets the sweep delete the file during a read. The open stream still reads the whole file.
            return Task.FromResult<Stream?>(new FileStream(PathOf(name), new FileStreamOptions
            {
                Share = FileShare.Read | FileShare.Delete,
                Options = FileOptions.Asynchronous,
            }));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException && Directory.Exists(folders.Objects))
        {
            // If the whole folder is missing, its disk is not mounted, which is an outage.
            return Task.FromResult<Stream?>(null);
        }
    }

    /// <inheritdoc/>
    public Task<DateTimeOffset?> FindWrittenAtAsync(ObjectName name, CancellationToken cancellationToken)
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
            // The folder does not exist, so the object does not exist either.
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredObject> ListAsync(CancellationToken cancellationToken) => EnumerateObjects().ToAsyncEnumerable();

    private IEnumerable<StoredObject> EnumerateObjects()
    {
        var root = new DirectoryInfo(folders.Objects);
        if (!root.Exists)
        {
            yield break;
        }

        foreach (var file in root.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            if (ObjectName.TryParse(file.Name, out var name))
            {
                yield return new StoredObject(name, file.LastWriteTimeUtc);
            }
        }
    }

    private string PathOf(ObjectName name) => Path.Combine(folders.Objects, name.Hex[..2], name.Hex);
}
