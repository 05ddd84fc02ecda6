using System.Security.Cryptography;

namespace JackAutomotive.WebhookApi.Storage;

/// <summary>Where objects are written before they are complete and have a name.</summary>
internal sealed class UploadSpool(DataFolders folders, IObjectStore store)
{
    /// <summary>Begins an object. Unless it is kept, disposing it leaves nothing behind.</summary>
    public ObjectUpload Begin()
    {
        PrivateFolder.Create(folders.Incoming);
        return new ObjectUpload(Path.Combine(folders.Incoming, Guid.CreateVersion7().ToString("N")), store);
    }

    /// <summary>Removes what was begun before a time and left behind by a crash.</summary>
    /// <returns>How many files.</returns>
    public int Sweep(DateTimeOffset before)
    {
        var folder = new DirectoryInfo(folders.Incoming);
        var abandoned = folder.Exists ? folder.EnumerateFiles().Where(file => file.LastWriteTimeUtc < before.UtcDateTime).ToList() : [];
        abandoned.ForEach(file => file.Delete());
        return abandoned.Count;
    }
}

/// <summary>An object on its way in, written piece by piece.</summary>
internal sealed class ObjectUpload : IAsyncDisposable
{
    private readonly string _path;
    private readonly IObjectStore _store;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly FileStream _file;
    private ObjectName? _name;
    private bool _isKept;

    public ObjectUpload(string path, IObjectStore store)
    {
        (_path, _store) = (path, store);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Options = FileOptions.Asynchronous,
            BufferSize = 0, // Pieces are large.
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        _file = new FileStream(path, options);
    }

    /// <summary>Bytes written so far.</summary>
    public long Length { get; private set; }

    /// <summary>Of what was written.</summary>
    /// <exception cref="InvalidOperationException">It is not finished.</exception>
    public ObjectName Name => _name ?? throw new InvalidOperationException("The object is not complete yet.");

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
    {
        _hash.AppendData(piece.Span);
        await _file.WriteAsync(piece, cancellationToken);
        Length += piece.Length;
    }

    /// <summary>Brings everything to disk and gives the object its name.</summary>
    public async Task FinishAsync()
    {
        _file.Flush(flushToDisk: true);
        await _file.DisposeAsync();
        _name = ObjectName.Of(_hash.GetHashAndReset());
    }

    /// <summary>Puts the finished object into the store; once is enough.</summary>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        if (!_isKept)
        {
            await _store.PutAsync(_path, Name, cancellationToken);
            _isKept = true;
        }
    }

    /// <summary>Removes what is not kept.</summary>
    public async ValueTask DisposeAsync()
    {
        _hash.Dispose();
        await _file.DisposeAsync();
        File.Delete(_path);
    }
}
