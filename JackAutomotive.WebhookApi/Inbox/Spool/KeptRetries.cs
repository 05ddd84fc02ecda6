using JackAutomotive.WebhookApi.Storage;

namespace JackAutomotive.WebhookApi.Inbox.Spool;

/// <summary>The result of taking in a kept file.</summary>
/// <param name="Moved">The number of deliveries that are in the inbox now.</param>
/// <param name="Queued">The number of large deliveries whose raw bodies are uploaded next.</param>
/// <param name="StillKept">The names of the files that hold what could not be moved.</param>
/// <param name="Reason">Why the first of these could not be moved; null if everything was moved.</param>
internal sealed record KeptRetry(int Moved, int Queued, IReadOnlyList<string> StillKept, string? Reason);

/// <summary>Takes kept files in again: their deliveries go to the inbox, and what still cannot be moved stays kept.</summary>
internal sealed partial class KeptRetries(
    KeptDeliveries kept,
    DeliveryInbox inbox,
    DataFolders folders,
    ILogger<KeptRetries> logger)
{
    /// <summary>Takes a kept file in.</summary>
    /// <param name="name">The name of the file.</param>
    /// <param name="requestedBy">The name of the caller's API key, for the log.</param>
    /// <param name="cancellationToken">Stops the move. The file then stays.</param>
    /// <returns>Null if there is no such file, or if another request is taking it in.</returns>
    /// <exception cref="IOException">The file cannot be read or removed.</exception>
    /// <remarks>The method throws the errors of a Postgres outage. The file then stays.</remarks>
    public async Task<KeptRetry?> RetryAsync(string name, string requestedBy, CancellationToken cancellationToken)
    {
        if (kept.FindPath(name) is not { } path)
        {
            return null;
        }

        using var file = SpoolFile.TryTakeOver(path);
        if (file is null)
        {
            return null;
        }

        var retry = await MoveAsync(file, cancellationToken);
        if (!retry.StillKept.Contains(name) && File.Exists(path))
        {
            file.Delete();
        }

        LogRetried(name, requestedBy, retry.Moved + retry.Queued, retry.StillKept.Count);
        return retry;
    }

    private async Task<KeptRetry> MoveAsync(SpoolFile file, CancellationToken cancellationToken)
    {
        var (moved, queued, stillKept, reason) = (0, 0, new List<string>(), (string?)null);
        SpoolLines lines;
        while ((lines = file.Read()) is { IsEnd: false })
        {
            if (lines.Records is [{ RawBytes: not null } large])
            {
                QueueLarge(file, large);
                return new KeptRetry(0, 1, [], null);
            }

            var blamed = await inbox.AcceptSpooledAsync([.. lines.Records.Select(record => record.ToRow())], cancellationToken);
            stillKept.AddRange(blamed.Select(row => kept.Keep(row.Row, row.Reason)));
            stillKept.AddRange(lines.Damaged.Select(kept.KeepDamaged));
            reason ??= blamed.Count > 0 ? blamed[0].Reason : lines.Damaged.Count > 0 ? "bytes of the file are no delivery" : null;
            moved += lines.Records.Count - blamed.Count;
            file.Advance();
        }

        if (lines.HasUnreadableRest)
        {
            stillKept.Add(Path.GetFileName(file.Path));
            reason ??= "the file is no spool file";
        }

        return new KeptRetry(moved, queued, stillKept, reason);
    }

    // LargeSpoolWorker takes the delivery from there.
    private void QueueLarge(SpoolFile file, SpoolRecord large)
    {
        if (!File.Exists(Path.ChangeExtension(file.Path, LargeSpool.BodyExtension)))
        {
            LogBodyMissing(large.Topic, Path.GetFileName(file.Path));
        }

        PrivateFolder.Create(folders.Spool);
        file.Rename(LargeSpool.Extension);
    }

    [LoggerMessage(LogLevel.Information, "{Caller} had {File} taken in again: {Moved} deliveries were moved, {Kept} files stay kept")]
    private partial void LogRetried(string file, string caller, int moved, int kept);

    [LoggerMessage(LogLevel.Warning, "{Topic}: the raw body of {File} is not on the disk; it may be in the object store")]
    private partial void LogBodyMissing(string topic, string file);
}
