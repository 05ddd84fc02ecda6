using JackAutomotive.WebhookApi.Storage;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Inbox.Spool;

/// <summary>
/// Stores large deliveries on this machine's disk until their objects are uploaded and their rows are in the inbox. The object store may be
/// slower than a provider waits, and the upload must not depend on the request. A delivery is two files: <c>{name}.body</c> is the raw body,
/// and <c>{name}.large</c> is one <see cref="SpoolRecord"/>. The second file is written last and is locked while an instance works on the
/// delivery, so that any instance can take over the deliveries of a stopped one.
/// </summary>
internal sealed class LargeSpool(
    DataFolders folders,
    IObjectStore objects,
    KeptDeliveries kept,
    IOptions<SpoolOptions> options,
    TimeProvider time)
{
    public const string Extension = ".large";
    public const string BodyExtension = ".body";

    /// <summary>The minimum age of a raw body without its second file, which a crash left behind before the delivery was accepted.</summary>
    private static readonly TimeSpan s_abandonedAfter = TimeSpan.FromHours(1);

    /// <summary>
    /// Adds a delivery. Once this returns, the delivery survives a crash. The upload's file belongs to the spool from then on.
    /// </summary>
    /// <returns>Null if the spool is disabled or full.</returns>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder does not permit the files.</exception>
    public LargeDelivery? TryAdd(InboxRow row, ObjectUpload rawBody)
    {
        PrivateFolder.Create(folders.Spool);
        if (SumBodies() + rawBody.Length > options.Value.MaxBytes)
        {
            return null;
        }

        // The name of the object comes first, so that Holds finds the delivery.
        var name = $"{rawBody.Name}-{Guid.CreateVersion7():N}";
        var record = SpoolRecord.FromRow(row) with { RawBytes = rawBody.Length };
        rawBody.MoveTo(Path.Combine(folders.Spool, name + BodyExtension));
        var file = SpoolFile.Create(folders.Spool, name + Extension);
        try
        {
            file.Append([record]);
            return new LargeDelivery(file, row, rawBody.Length, objects, kept);
        }
        catch
        {
            file.Delete();
            File.Delete(Path.Combine(folders.Spool, name + BodyExtension));
            throw;
        }
    }

    /// <summary>
    /// Takes the waiting deliveries that no instance works on, one after the other. A file that cannot be read is reported or kept.
    /// </summary>
    public IEnumerable<LargeDelivery> TakeWaiting() =>
        FindFiles($"*{Extension}").Select(TryTake).OfType<LargeDelivery>();

    /// <summary>Whether a delivery in this spool needs the object. The object must then not be removed, although no row names it yet.</summary>
    public bool Holds(ObjectName name) =>
        FindFiles($"{name}-*").Any(path => Path.GetExtension(path) is Extension or KeptDeliveries.Extension);

    /// <summary>Deletes the raw bodies that a crash left behind before their deliveries were accepted.</summary>
    public void Sweep()
    {
        var cutoff = (time.GetUtcNow() - s_abandonedAfter).UtcDateTime;
        foreach (var body in FindFiles($"*{BodyExtension}"))
        {
            var isAccepted = File.Exists(Path.ChangeExtension(body, Extension)) || File.Exists(Path.ChangeExtension(body, KeptDeliveries.Extension));
            if (!isAccepted && File.GetLastWriteTimeUtc(body) < cutoff)
            {
                File.Delete(body);
            }
        }
    }

    private LargeDelivery? TryTake(string path)
    {
        SpoolFile? file = null;
        try
        {
            file = SpoolFile.TryTakeOver(path);
            if (file?.Read() is { Records: [{ RawBytes: { } rawBytes } record] })
            {
                kept.ReportReadable(path);
                return new LargeDelivery(file, record.ToRow(), rawBytes, objects, kept);
            }

            if (file is not null)
            {
                kept.ReportUnreadable(file.Rename(KeptDeliveries.Extension), new InvalidDataException("The file holds no large delivery."));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            kept.ReportUnreadable(path, e);
        }

        file?.Dispose();
        return null;
    }

    private long SumBodies() => FindFiles($"*{BodyExtension}").Sum(path => new FileInfo(path) is { Exists: true } file ? file.Length : 0);

    private IReadOnlyList<string> FindFiles(string pattern) =>
        Directory.Exists(folders.Spool) ? [.. Directory.EnumerateFileSystemEntries(folders.Spool, pattern).Order(StringComparer.Ordinal)] : [];
}

/// <summary>The raw body of a large delivery is neither on the disk nor in the object store.</summary>
internal sealed class RawBodyMissingException(ObjectName name) : Exception($"The raw body {name} is neither on the disk nor in the object store.");

/// <summary>A large delivery in the spool. This process works on the delivery until the object is disposed.</summary>
internal sealed class LargeDelivery(SpoolFile file, InboxRow row, long rawBytes, IObjectStore objects, KeptDeliveries kept) : IDisposable
{
    private readonly string _bodyPath = Path.ChangeExtension(file.Path, LargeSpool.BodyExtension);

    public InboxRow Row => row;

    public LargeObject Object => new(ObjectName.FromHash(row.BodyHash), rawBytes, UploadAsync);

    /// <summary>Removes the delivery, because it is in the inbox.</summary>
    public void Complete()
    {
        File.Delete(_bodyPath);
        file.Delete();
    }

    /// <summary>Keeps the delivery for a person.</summary>
    /// <returns>The name of the file.</returns>
    public string Keep(string reason)
    {
        var name = Path.GetFileName(Path.ChangeExtension(file.Path, KeptDeliveries.Extension));
        kept.Keep(name, SpoolRecord.FromRow(row) with { RawBytes = rawBytes, Reason = reason });
        file.Delete();
        return name;
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    // The store may move the file. A crash between the upload and the row leaves the object without the file.
    private async Task UploadAsync(CancellationToken cancellationToken)
    {
        var name = ObjectName.FromHash(row.BodyHash);
        if (File.Exists(_bodyPath))
        {
            await objects.PutAsync(_bodyPath, name, cancellationToken);
        }
        else if (await objects.FindWrittenAtAsync(name, cancellationToken) is null)
        {
            throw new RawBodyMissingException(name);
        }
    }
}
