namespace JackAutomotive.WebhookApi.Storage;

/// <summary>An object in a listing of the store.</summary>
/// <param name="Name">The name of the object, which is the hash of its content.</param>
/// <param name="WrittenAt">When the object was last stored.</param>
internal sealed record StoredObject(ObjectName Name, DateTimeOffset WrittenAt);

/// <summary>
/// Stores bytes that are too large for Postgres. The name of an object follows from its content. The rows that reference an object define its
/// purpose and its lifetime. A sweep removes objects that no row references.
/// </summary>
internal interface IObjectStore
{
    /// <summary>
    /// Stores a finished file as an object. When the task completes, the object survives a crash. A repeated call renews the object's time.
    /// </summary>
    /// <param name="file">A file of the <see cref="UploadFolder"/>, flushed to disk. The store may move the file.</param>
    /// <param name="name">The name that follows from the file's content.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    Task PutAsync(string file, ObjectName name, CancellationToken cancellationToken);

    /// <summary>Opens an object as a seekable stream. Returns null if the object does not exist.</summary>
    Task<Stream?> OpenAsync(ObjectName name, CancellationToken cancellationToken);

    /// <summary>Returns the time at which the object was last stored. Returns null if the object does not exist.</summary>
    Task<DateTimeOffset?> FindWrittenAtAsync(ObjectName name, CancellationToken cancellationToken);

    /// <summary>Deletes an object, if it exists.</summary>
    Task DeleteAsync(ObjectName name, CancellationToken cancellationToken);

    /// <summary>Lists all objects, in any order.</summary>
    IAsyncEnumerable<StoredObject> ListAsync(CancellationToken cancellationToken);
}
