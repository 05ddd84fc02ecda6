using System.Diagnostics;
using JackAutomotive.WebhookApi.Storage;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Inbox.Spool;

/// <summary>A row that Postgres blames for an error, with the error.</summary>
internal sealed record BlamedRow(InboxRow Row, string Reason);

/// <summary>Stores rows in the inbox and returns the rows that Postgres blames for an error. Any other error is an outage and is thrown.</summary>
internal delegate Task<IReadOnlyList<BlamedRow>> StoreRows(IReadOnlyList<InboxRow> rows, CancellationToken cancellationToken);

/// <summary>
/// Stores deliveries on this machine's disk while Postgres is unavailable, because Twilio never retries after a 503, and ElevenLabs only if
/// configured to. While the spool is in use, every new delivery goes through the spool too, which preserves the order.
/// </summary>
internal sealed partial class OutageSpool(
    DataFolders folders,
    KeptDeliveries kept,
    SpoolAlerts alerts,
    IOptions<SpoolOptions> options,
    ILogger<OutageSpool> logger) : IDisposable
{
    // While the last deliveries are moved, new deliveries wait for the end of the move. A server that hangs must not hold them for long.
    private static readonly TimeSpan s_lastMoveLimit = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_failureIsRecent = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _gate = new(1);
    private SpoolFile? _current;
    private volatile bool _isInUse;
    private volatile Failure? _failure;

    /// <summary>Whether spooled deliveries wait to be moved to the inbox. New deliveries must then be appended to the spool.</summary>
    public bool IsInUse => _isInUse;

    /// <summary>The number of bytes that wait to be moved to the inbox.</summary>
    public long WaitingBytes => _current?.UnreadBytes ?? 0;

    /// <summary>Whether the spool is enabled at all.</summary>
    public bool IsEnabled => options.Value.MaxBytes > 0;

    /// <summary>Why the last delivery could not be appended, if that was in the last seconds; otherwise null.</summary>
    public string? RecentFailure =>
        _failure is { } failure && Stopwatch.GetElapsedTime(failure.At) < s_failureIsRecent ? failure.Reason : null;

    /// <summary>Appends the rows.</summary>
    /// <returns>
    /// <see cref="Acceptance.Spooled"/> if the rows survive a crash of the machine; otherwise <see cref="Acceptance.SpoolFull"/> or
    /// <see cref="Acceptance.DiskFailed"/>, or <see cref="Acceptance.Unavailable"/> if the spool is disabled.
    /// </returns>
    public async Task<Acceptance> AppendAsync(IReadOnlyList<InboxRow> rows)
    {
        if (!IsEnabled)
        {
            return Acceptance.Unavailable;
        }

        await _gate.WaitAsync();
        try
        {
            if ((_current?.Length ?? 0) >= options.Value.MaxBytes)
            {
                LogFull(options.Value.MaxBytes);
                _failure = new Failure($"the spool is full with {options.Value.MaxBytes} bytes", Stopwatch.GetTimestamp());
                return Acceptance.SpoolFull;
            }

            _current ??= SpoolFile.Create(folders.Spool);
            _current.Append(rows.Select(SpoolRecord.FromRow));
            _isInUse = true;
            _failure = null;
            return Acceptance.Spooled;
        }
        catch (Exception e)
        {
            alerts.ReportDiskFailed($"{rows.Count} deliveries", e);
            _failure = new Failure(ExceptionSummary.Of(e), Stopwatch.GetTimestamp());
            return Acceptance.DiskFailed;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// Moves all spooled deliveries to the inbox, from oldest to newest: first from the files that stopped instances left behind, then from
    /// this instance's file. A crash can cause a delivery to be moved twice; the inbox then detects a duplicate. A file that cannot be read
    /// is reported and does not affect the other files.
    /// </summary>
    /// <param name="storeRows">Stores rows in the inbox.</param>
    /// <param name="cancellationToken">Stops the move; deliveries that were not moved stay in the spool.</param>
    /// <returns>The number of moved deliveries.</returns>
    public async Task<int> DrainAsync(StoreRows storeRows, CancellationToken cancellationToken)
    {
        var moved = 0;
        foreach (var path in FindFiles())
        {
            using var abandoned = TryTakeOver(path);
            if (abandoned is not null)
            {
                moved += await DrainAbandonedAsync(abandoned, storeRows, cancellationToken);
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

    private async Task<int> DrainAbandonedAsync(SpoolFile file, StoreRows storeRows, CancellationToken cancellationToken)
    {
        try
        {
            var count = await MoveAsync(file, storeRows, cancellationToken);
            LogTakenOver(count, Path.GetFileName(file.Path));
            return count;
        }
        catch (Exception e) when (IsFileError(e))
        {
            kept.ReportUnreadable(file.Path, e);
            return 0;
        }
    }

    private async Task<int> DrainCurrentAsync(StoreRows storeRows, CancellationToken cancellationToken)
    {
        if (_current is not { } file)
        {
            return 0;
        }

        // The first pass moves most deliveries while appends continue. The second pass blocks appends and moves the rest.
        var moved = await MoveLinesAsync(file, storeRows, cancellationToken);
        await _gate.WaitAsync(cancellationToken);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(s_lastMoveLimit);
            moved += await MoveLinesAsync(file, (rows, token) => storeRows(rows, token).WaitAsync(token), limit.Token);
            (_current, _isInUse) = (null, false);
            file.Delete();
            return moved;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<int> MoveAsync(SpoolFile file, StoreRows storeRows, CancellationToken cancellationToken)
    {
        var moved = await MoveLinesAsync(file, storeRows, cancellationToken);
        if (file.UnreadBytes > 0)
        {
            var keptPath = file.Rename(KeptDeliveries.Extension);
            alerts.ReportKept($"{file.UnreadBytes} bytes", Path.GetFileName(keptPath), "the file is no spool file");
        }
        else
        {
            file.Delete();
        }

        return moved;
    }

    private async Task<int> MoveLinesAsync(SpoolFile file, StoreRows storeRows, CancellationToken cancellationToken)
    {
        var moved = 0;
        while (file.Read() is { IsEnd: false } lines)
        {
            foreach (var rows in lines.Records.Select(record => record.ToRow()).Chunk(options.Value.BatchRows))
            {
                var blamed = await storeRows(rows, cancellationToken);
                foreach (var (row, reason) in blamed)
                {
                    kept.Keep(row, reason);
                }

                moved += rows.Length - blamed.Count;
            }

            foreach (var bytes in lines.Damaged)
            {
                kept.KeepDamaged(bytes);
            }

            file.Advance();
        }

        return moved;
    }

    private IReadOnlyList<string> FindFiles()
    {
        try
        {
            return Directory.Exists(folders.Spool)
                ? [.. Directory.EnumerateFileSystemEntries(folders.Spool, $"*{SpoolFile.Extension}").Order(StringComparer.Ordinal)]
                : [];
        }
        catch (Exception e) when (IsFileError(e))
        {
            kept.ReportUnreadable(folders.Spool, e);
            return [];
        }
    }

    private SpoolFile? TryTakeOver(string path)
    {
        try
        {
            var file = SpoolFile.TryTakeOver(path);
            kept.ReportReadable(path);
            return file;
        }
        catch (Exception e) when (IsFileError(e))
        {
            kept.ReportUnreadable(path, e);
            return null;
        }
    }

    private static bool IsFileError(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or NotSupportedException;

    [LoggerMessage(LogLevel.Error, "The spool is full with {Bytes} bytes: deliveries are rejected until Postgres is back")]
    private partial void LogFull(long bytes);

    [LoggerMessage(LogLevel.Warning, "{Count} deliveries that a stopped instance had spooled in {File} were moved to the inbox")]
    private partial void LogTakenOver(int count, string file);

    private sealed record Failure(string Reason, long At);
}
