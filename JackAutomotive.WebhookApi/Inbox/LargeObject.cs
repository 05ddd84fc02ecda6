using JackAutomotive.WebhookApi.Storage;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>The raw body of a large delivery, which becomes an object.</summary>
/// <param name="Name">The name of the object.</param>
/// <param name="Length">The length of the raw body in bytes.</param>
/// <param name="UploadAsync">Puts the object into the store. A repeated call renews the object's time.</param>
internal sealed record LargeObject(ObjectName Name, long Length, Func<CancellationToken, Task> UploadAsync)
{
    /// <summary>Creates the object from a finished upload that is not in the spool.</summary>
    public static LargeObject FromUpload(ObjectUpload upload) => new(upload.Name, upload.Length, upload.StoreAsync);
}
