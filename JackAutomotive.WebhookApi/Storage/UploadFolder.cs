using System.Security.Cryptography;

namespace JackAutomotive.WebhookApi.Storage;

/// <summary>Creates a local file for each incoming object. An object has no name until its content is complete.</summary>
internal sealed class UploadFolder(DataFolders folders, IObjectStore store)
{
    /// <summary>Begins an upload. Disposing the upload deletes its local file, but not an object that is already in the store.</summary>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder does not permit the file.</exception>
    public ObjectUpload Begin()
    {
        PrivateFolder.Create(folders.Incoming);
        return new ObjectUpload(Path.Combine(folders.Incoming, Guid.CreateVersion7().ToString("N")), store);
    }

    /// <summary>Deletes the files of abandoned uploads. A crash may leave such files behind. An upload in progress is never abandoned.</summary>
    /// <param name="cutoff">A file that was last written before this time is abandoned.</param>
    /// <returns>The number of deleted files.</returns>
    public int Sweep(DateTimeOffset cutoff)
    {
        var folder = new DirectoryInfo(folders.Incoming);
        return folder.Exists ? folder.EnumerateFiles().Count(file => file.LastWriteTimeUtc < cutoff.UtcDateTime && TryDelete(file)) : 0;
    }

    // An upload in progress keeps its file open, so the exclusive lock fails.
    private static bool TryDelete(FileInfo file)
    {
        try
        {
            using var exclusive = file.Open(FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            file.Delete();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

/// <summary>An incomplete object, written piece by piece.</summary>
internal sealed class ObjectUpload : IAsyncDisposable
{
    private readonly string _path;
    private readonly IObjectStore _store;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly FileStream _file;
    private FileStream? _hold;
    private ObjectName? _name;
    private bool _isStored;
    private bool _isMoved;

    public ObjectUpload(string path, IObjectStore store)
    {
        (_path, _store) = (path, store);
        _file = new FileStream(path, PrivateFolder.NewFile());
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

        // The open file shows the sweep that the upload is not abandoned, however long the store takes.
        _hold = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
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

    /// <summary>Moves the finished file to another place, whose owner deletes it.</summary>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void MoveTo(string path)
    {
        File.Move(_path, path);
        _isMoved = true;
    }

    /// <summary>Deletes the file, unless the store or <see cref="MoveTo"/> has moved it.</summary>
    public async ValueTask DisposeAsync()
    {
        _hash.Dispose();
        try
        {
            await _file.DisposeAsync();
            if (_hold is not null)
            {
                await _hold.DisposeAsync();
            }

            if (!_isMoved)
            {
                File.Delete(_path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The disk fails. The sweep deletes the file later.
        }
    }
}
