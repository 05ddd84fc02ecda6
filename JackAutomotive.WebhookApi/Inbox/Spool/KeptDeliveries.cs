using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using JackAutomotive.WebhookApi.Storage;
using JackAutomotive.WebhookApi.Telemetry;

namespace JackAutomotive.WebhookApi.Inbox.Spool;

/// <summary>Something in the spool's folder that needs a person.</summary>
/// <param name="Name">The name of the file.</param>
/// <param name="Kind">One of the constants of this type.</param>
/// <param name="Reason">An explanation, without personal data.</param>
/// <param name="KeptAt">When the file was last written.</param>
/// <param name="Bytes">The length of the file.</param>
/// <param name="Deliveries">The readable deliveries at the beginning of the file, at most <see cref="KeptDeliveries.MaxListed"/>.</param>
internal sealed record KeptFile(
    string Name,
    string Kind,
    string Reason,
    DateTimeOffset KeptAt,
    long Bytes,
    IReadOnlyList<SpoolRecord> Deliveries)
{
    /// <summary>Postgres blames the delivery for an error, so no retry without a change can succeed.</summary>
    public const string Refused = "refused";

    /// <summary>The file has bytes that are no delivery, for example the end of a file after a crash.</summary>
    public const string Damaged = "damaged";

    /// <summary>The file cannot be opened or read.</summary>
    public const string Unreadable = "unreadable";

    /// <summary>The file does not belong to the spool.</summary>
    public const string Foreign = "foreign";
}

/// <summary>
/// Keeps what cannot be moved to the inbox: deliveries that Postgres blames for an error, and bytes that cannot be read. Each kept delivery
/// is a file of its own, so that no other delivery waits with it. The admin API lists the files and takes them in again.
/// </summary>
internal sealed class KeptDeliveries
{
    public const string Extension = ".kept";

    /// <summary>The maximum number of deliveries that the list shows of one file.</summary>
    internal const int MaxListed = 20;

    private const int NameBytes = 16;

    private readonly DataFolders _folders;
    private readonly SpoolAlerts _alerts;
    private readonly ConcurrentDictionary<string, string> _unreadable = new(StringComparer.Ordinal);

    public KeptDeliveries(DataFolders folders, WebhookApiMetrics metrics, SpoolAlerts alerts)
    {
        (_folders, _alerts) = (folders, alerts);
        metrics.ObserveKeptFiles(Count);
    }

    /// <summary>Keeps a delivery that Postgres refuses. Once this returns, the file survives a crash. The same delivery is kept once.</summary>
    /// <returns>The name of the file.</returns>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public string Keep(InboxRow row, string reason)
    {
        var identity = Encoding.UTF8.GetBytes($"{row.Source}\n{row.Key}\n{Convert.ToHexString(row.BodyHash)}");
        var name = NameOf(identity);
        Keep(name, SpoolRecord.FromRow(row) with { Reason = reason });
        return name;
    }

    /// <summary>Keeps a delivery under a given name; see <see cref="Keep(InboxRow, string)"/>.</summary>
    public void Keep(string name, SpoolRecord record)
    {
        Write(name, record.ToLine());
        _alerts.ReportKept(record.Topic, name, record.Reason ?? "");
    }

    /// <summary>Keeps bytes that are no readable delivery.</summary>
    /// <returns>The name of the file.</returns>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public string KeepDamaged(byte[] bytes)
    {
        var name = NameOf(bytes);
        Write(name, bytes);
        _alerts.ReportKept($"{bytes.Length} bytes", name, "the bytes are no delivery; a crash or the disk damaged them");
        return name;
    }

    /// <summary>Records that a file of the spool cannot be read. Each file is logged once.</summary>
    public void ReportUnreadable(string path, Exception exception)
    {
        var name = Path.GetFileName(path);
        if (_unreadable.TryAdd(name, ExceptionSummary.Of(exception)))
        {
            _alerts.ReportUnreadable(name, ExceptionSummary.Of(exception));
        }
    }

    /// <summary>Records that a file of the spool can be read again.</summary>
    public void ReportReadable(string path) => _unreadable.TryRemove(Path.GetFileName(path), out _);

    /// <summary>Counts the files that need a person.</summary>
    public int Count() => FindEntries().Count();

    /// <summary>Lists the files that need a person, oldest first.</summary>
    public IReadOnlyList<KeptFile> List() => [.. FindEntries().Select(Describe).OrderBy(file => file.KeptAt)];

    /// <summary>Returns the path of a kept file; null if the name is not one of a kept file or the file does not exist.</summary>
    public string? FindPath(string name)
    {
        var isName = name.EndsWith(Extension, StringComparison.Ordinal) && name == Path.GetFileName(name);
        var path = Path.Combine(_folders.Spool, name);
        return isName && File.Exists(path) ? path : null;
    }

    private static string NameOf(byte[] identity) => Convert.ToHexStringLower(SHA256.HashData(identity).AsSpan(0, NameBytes)) + Extension;

    // The rename makes the file appear as a whole.
    private void Write(string name, byte[] content)
    {
        PrivateFolder.Create(_folders.Spool);
        var path = Path.Combine(_folders.Spool, name);
        var unfinished = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var file = new FileStream(unfinished, PrivateFolder.NewFile()))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(unfinished, path, overwrite: true);
            PrivateFolder.Flush(_folders.Spool);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    private IEnumerable<FileSystemInfo> FindEntries()
    {
        var folder = new DirectoryInfo(_folders.Spool);
        try
        {
            return folder.Exists ? [.. folder.EnumerateFileSystemInfos().Where(NeedsPerson)] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            ReportUnreadable(_folders.Spool, e);
            return [folder];
        }
    }

    private bool NeedsPerson(FileSystemInfo entry) => entry.Extension switch
    {
        Extension => true,
        SpoolFile.Extension or LargeSpool.Extension => entry is DirectoryInfo || _unreadable.ContainsKey(entry.Name),
        LargeSpool.BodyExtension => entry is DirectoryInfo,
        ".tmp" => false,
        _ => true,
    };

    private KeptFile Describe(FileSystemInfo entry)
    {
        var bytes = entry is FileInfo file ? file.Length : 0;
        var (kind, reason, deliveries) = entry.Extension == Extension ? ReadKept(entry)
            : _unreadable.TryGetValue(entry.Name, out var problem) ? (KeptFile.Unreadable, problem, [])
            : (KeptFile.Foreign, "the file does not belong to the spool; remove it", []);
        return new KeptFile(entry.Name, kind, reason, entry.LastWriteTimeUtc, bytes, deliveries);
    }

    private static (string Kind, string Reason, IReadOnlyList<SpoolRecord> Deliveries) ReadKept(FileSystemInfo entry)
    {
        try
        {
            using var file = SpoolFile.TryTakeOver(entry.FullName);
            if (file is null)
            {
                return (KeptFile.Refused, "the file is being taken in", []);
            }

            var lines = file.Read();
            var reason = lines.Records.Select(record => record.Reason).FirstOrDefault(reason => reason is not null);
            var isDamaged = lines.Damaged.Count > 0 || lines.HasUnreadableRest;
            return (
                isDamaged ? KeptFile.Damaged : KeptFile.Refused,
                reason ?? (isDamaged ? "bytes of the file are no delivery; a crash or the disk damaged them" : "Postgres refused a delivery"),
                [.. lines.Records.Take(MaxListed)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return (KeptFile.Unreadable, ExceptionSummary.Of(e), []);
        }
    }
}
