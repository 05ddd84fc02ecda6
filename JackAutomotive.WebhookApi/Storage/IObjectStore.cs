namespace JackAutomotive.WebhookApi.Storage;

/// <summary>An object that is kept.</summary>
/// <param name="Name">What is in it.</param>
/// <param name="WrittenAt">When it was last put.</param>
internal sealed record KeptObject(ObjectName Name, DateTimeOffset WrittenAt);

/// <summary>
/// Keeps what is too large for Postgres, by content. What an object is for, and so how long it is needed, is said by the rows that name
/// it; <see cref="ObjectSweep"/> removes what no row names.
/// </summary>
internal interface IObjectStore
{
    /// <summary>Takes a finished file in. Once this returns the object survives a crash. Putting it again makes it new again.</summary>
    /// <param name="file">A file of the <see cref="UploadSpool"/>, written to disk; it may be moved away.</param>
    /// <param name="name">Of its content.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task PutAsync(string file, ObjectName name, CancellationToken cancellationToken);

    /// <summary>Opens an object for reading from any position; null if it is not there.</summary>
    Task<Stream?> OpenAsync(ObjectName name, CancellationToken cancellationToken);

    /// <summary>When it was last put; null if it is not there.</summary>
    Task<DateTimeOffset?> FindAsync(ObjectName name, CancellationToken cancellationToken);

    /// <summary>Removes an object, if it is there.</summary>
    Task DeleteAsync(ObjectName name, CancellationToken cancellationToken);

    /// <summary>Everything that is kept, in any order.</summary>
    IAsyncEnumerable<KeptObject> ListAsync(CancellationToken cancellationToken);
}
