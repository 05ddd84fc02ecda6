using System.Security.Cryptography;

namespace JackAutomotive.WebhookApi.Storage;

/// <summary>Creates a local file for each incoming object. An object has no name until its content is complete.</summary>
internal sealed class UploadFolder(DataFolders folders, IObjectStore store)
{
    /// <summary>Begins an upload. Disposing the upload deletes its local file, but not an object that is already in the store.</summary>
    public ObjectUpload Begin()
    {
        PrivateFolder.Create(folders.Incoming);
        return new ObjectUpload(Path.Combine(folders.Incoming, Guid.CreateVersion7().ToString("N")), store);
    }

    /// <summary>Deletes the files of abandoned uploads. A crash may leave such files behind.</summary>
    /// <param name="cutoff">A file that was last written before this time is abandoned.</param>
    /// <returns>The number of deleted files.</returns>
    public int Sweep(DateTimeOffset cutoff)
    {
        var folder = new DirectoryInfo(folders.Incoming);
        var abandoned = folder.Exists ? folder.EnumerateFiles().Where(file => file.LastWriteTimeUtc < cutoff.UtcDateTime).ToList() : [];
        abandoned.ForEach(file => file.Delete());
        return abandoned.Count;
    }
}

/// <summary>An incomplete object, written piece by piece.</summary>
internal sealed class ObjectUpload : IAsyncDisposable
{
    private readonly string _path;
    private readonly IObjectStore _store;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly FileStream _file;
    private ObjectName? _name;
    private bool _isStored;

    public ObjectUpload(string path, IObjectStore store)
    {
        (_path, _store) = (path, store);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Options = FileOptions.Asynchronous,
            BufferSize = 0, // The pieces are large, so a buffer has no benefit.
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        _file = new FileStream(path, options);
    }

    /// <summary>The number of bytes written so far.</summary>
    public long Length { get; private set; }

    /// <summary>The name that follows from the written content.</summary>
    /// <exception cref="InvalidOperationException">The upload is not finished.</exception>
    public ObjectName Name => _name ?? throw new InvalidOperationException("The object is not complete yet.");

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
    {
        _hash.AppendData(piece.Span);
        await _file.WriteAsync(piece, cancellationToken);
        Length += piece.Length;
    }

    /// <summary>Flushes the file to disk and computes the object's name.</summary>
    public async Task FinishAsync()
    {
        _file.Flush(flushToDisk: true);
        await _file.DisposeAsync();
        _name = ObjectName.FromHash(_hash.GetHashAndReset());
    }

    /// <summary>Puts the finished object into the store. Only the first call has an effect.</summary>
    public async Task StoreAsync(CancellationToken cancellationToken)
    {
        if (!_isStored)
        {
            await _store.PutAsync(_path, Name, cancellationToken);
            _isStored = true;
        }
    }

    /// <summary>Deletes the file, unless the store has moved it.</summary>
    public async ValueTask DisposeAsync()
    {
        _hash.Dispose();
        await _file.DisposeAsync();
        File.Delete(_path);
    }
}
