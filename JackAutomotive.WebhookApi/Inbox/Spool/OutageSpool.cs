using JackAutomotive.WebhookApi.Storage;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Inbox.Spool;

/// <summary>
/// Stores deliveries on this machine's disk while Postgres is unavailable, because Twilio never retries after a 503, and ElevenLabs only if
/// configured to. While the spool is in use, every new delivery goes through the spool too, which preserves the order.
/// </summary>
internal sealed partial class OutageSpool(DataFolders folders, IOptions<SpoolOptions> options, ILogger<OutageSpool> logger) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private SpoolFile? _current;
    private volatile bool _isInUse;

    /// <summary>Whether spooled deliveries wait to be moved to the inbox. New deliveries must then be appended to the spool.</summary>
    public bool IsInUse => _isInUse;

    /// <summary>Appends the rows. Once this returns true, the rows survive a crash of the machine.</summary>
    /// <returns>False if the spool is full or the disk fails.</returns>
    public async Task<bool> TryAppendAsync(IReadOnlyList<InboxRow> rows)
    {
        await _gate.WaitAsync();
        try
        {
            if ((_current?.Length ?? 0) >= options.Value.MaxBytes)
            {
                LogFull(options.Value.MaxBytes);
                return false;
            }

            _current ??= SpoolFile.Create(folders.Spool);
            _current.Append(rows.Select(SpoolRecord.FromRow));
            _isInUse = true;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogAppendFailed(e);
            return false;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// Moves all spooled deliveries to the inbox, from oldest to newest: first from the files that stopped instances left behind, then from
    /// this instance's file. A crash can cause a delivery to be moved twice; the inbox then detects a duplicate.
    /// </summary>
    /// <param name="storeRows">Stores rows in the inbox and returns the rows that Postgres rejects.</param>
    /// <param name="cancellationToken">Stops the move; deliveries that were not moved stay in the spool.</param>
    /// <returns>The number of moved deliveries.</returns>
    public async Task<int> DrainAsync(
        Func<IReadOnlyList<InboxRow>, CancellationToken, Task<IReadOnlyList<InboxRow>>> storeRows,
        CancellationToken cancellationToken)
    {
        var moved = 0;
        foreach (var abandoned in TakeOverAbandonedFiles())
        {
            using (abandoned)
            {
                var count = await MoveAsync(abandoned, storeRows, cancellationToken);
                LogTakenOver(count);
                DeleteOrSetAside(abandoned);
                moved += count;
            }
        }

        return moved + await DrainCurrentAsync(storeRows, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _current?.Dispose();
        _gate.Dispose();
    }

    private async Task<int> DrainCurrentAsync(
        Func<IReadOnlyList<InboxRow>, CancellationToken, Task<IReadOnlyList<InboxRow>>> storeRows,
        CancellationToken cancellationToken)
    {
        if (_current is not { } file)
        {
            return 0;
        }

        // The first pass moves most deliveries while appends continue. The second pass blocks appends and moves the rest.
        var moved = await MoveAsync(file, storeRows, cancellationToken);
        await _gate.WaitAsync(cancellationToken);
        try
        {
            moved += await MoveAsync(file, storeRows, cancellationToken);
            (_current, _isInUse) = (null, false);
            DeleteOrSetAside(file);
            return moved;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<int> MoveAsync(
        SpoolFile file,
        Func<IReadOnlyList<InboxRow>, CancellationToken, Task<IReadOnlyList<InboxRow>>> storeRows,
        CancellationToken cancellationToken)
    {
        var moved = 0;
        while (file.Read() is { Count: > 0 } records)
        {
            foreach (var rows in records.Select(record => record.ToRow()).Chunk(options.Value.BatchRows))
            {
                var rejected = await storeRows(rows, cancellationToken);
                file.HasRejectedRows |= rejected.Count > 0;
                moved += rows.Length - rejected.Count;
            }

            file.Advance();
        }

        return moved;
    }

    private void DeleteOrSetAside(SpoolFile file)
    {
        if (file.UnreadBytes > 0)
        {
            LogTruncated(file.UnreadBytes);
        }

        if (file.HasRejectedRows || file.UnreadBytes > 0)
        {
            LogSetAside(file.SetAside());
        }
        else
        {
            file.Delete();
        }
    }

    private IEnumerable<SpoolFile> TakeOverAbandonedFiles() =>
        Directory.Exists(folders.Spool)
            ? Directory.EnumerateFiles(folders.Spool, SpoolFile.Pattern).Order(StringComparer.Ordinal)
                .Select(SpoolFile.TryTakeOver).OfType<SpoolFile>()
            : [];

    [LoggerMessage(LogLevel.Error, "The spool is full with {Bytes} bytes: deliveries are rejected until Postgres is back")]
    private partial void LogFull(long bytes);

    [LoggerMessage(LogLevel.Error, "Deliveries cannot be spooled")]
    private partial void LogAppendFailed(Exception exception);

    [LoggerMessage(LogLevel.Warning, "{Count} deliveries that a stopped instance had spooled were moved to the inbox")]
    private partial void LogTakenOver(int count);

    // The provider has no answer for this delivery, because the answer follows the write.
    [LoggerMessage(LogLevel.Warning, "The last {Bytes} bytes of a spool file are an incomplete delivery; a crash probably interrupted the write")]
    private partial void LogTruncated(long bytes);

    [LoggerMessage(LogLevel.Error, "A spool file holds deliveries that could not be moved to the inbox; the file is kept as {File}")]
    private partial void LogSetAside(string file);
}
