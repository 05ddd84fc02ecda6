using JackAutomotive.WebhookApi.Storage;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Inbox.Spool;

/// <summary>
/// Keeps deliveries on this machine's disk while Postgres is away: Twilio does not come again after a 503, and ElevenLabs by default
/// does not either. Once something is in it everything goes through it, in order, until it has been moved to the inbox.
/// </summary>
internal sealed partial class OutageSpool(DataFolders folders, IOptions<SpoolOptions> options, ILogger<OutageSpool> logger) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private SpoolFile? _own;
    private volatile bool _isInUse;

    /// <summary>Something waits to be moved to the inbox: what arrives now has to queue up behind it.</summary>
    public bool IsInUse => _isInUse;

    /// <summary>Takes the rows; once this returns true they survive a crash of the machine. False if there is no room, or no disk.</summary>
    public async Task<bool> TryAppendAsync(IReadOnlyList<InboxRow> rows)
    {
        await _gate.WaitAsync();
        try
        {
            if ((_own?.Length ?? 0) >= options.Value.MaxBytes)
            {
                LogFull(options.Value.MaxBytes);
                return false;
            }

            _own ??= SpoolFile.Create(folders.Spool);
            _own.Append(rows.Select(SpoolRecord.Of));
            _isInUse = true;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogFailed(e);
            return false;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// Moves everything to where <paramref name="store"/> puts it, oldest first; then files that other instances left behind. What was
    /// moved twice because of a crash in between is a duplicate there.
    /// </summary>
    /// <returns>How many deliveries were moved.</returns>
    public async Task<int> DrainAsync(
        Func<IReadOnlyList<InboxRow>, CancellationToken, Task<IReadOnlyList<InboxRow>>> store,
        CancellationToken cancellationToken)
    {
        var moved = 0;
        foreach (var abandoned in Abandoned())
        {
            using (abandoned)
            {
                var count = await MoveAsync(abandoned, store, cancellationToken);
                LogTakenOver(count);
                Finish(abandoned);
                moved += count;
            }
        }

        return moved + await DrainOwnAsync(store, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _own?.Dispose();
        _gate.Dispose();
    }

    private async Task<int> DrainOwnAsync(Func<IReadOnlyList<InboxRow>, CancellationToken, Task<IReadOnlyList<InboxRow>>> store, CancellationToken cancellationToken)
    {
        if (_own is not { } file)
        {
            return 0;
        }

        // While it is being emptied it still grows; only the last look has to keep others out.
        var moved = await MoveAsync(file, store, cancellationToken);
        await _gate.WaitAsync(cancellationToken);
        try
        {
            moved += await MoveAsync(file, store, cancellationToken);
            (_own, _isInUse) = (null, false);
            Finish(file);
            return moved;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<int> MoveAsync(
        SpoolFile file,
        Func<IReadOnlyList<InboxRow>, CancellationToken, Task<IReadOnlyList<InboxRow>>> store,
        CancellationToken cancellationToken)
    {
        var moved = 0;
        while (file.Read() is { Count: > 0 } records)
        {
            foreach (var rows in records.Select(record => record.ToRow()).Chunk(options.Value.BatchRows))
            {
                var refused = await store(rows, cancellationToken);
                file.HasRefused |= refused.Count > 0;
                moved += rows.Length - refused.Count;
            }

            file.Advance();
        }

        return moved;
    }

    private void Finish(SpoolFile file)
    {
        if (file.Rest > 0)
        {
            LogTorn(file.Rest);
        }

        if (file.HasRefused || file.Rest > 0)
        {
            LogSetAside(file.SetAside());
        }
        else
        {
            file.Delete();
        }
    }

    private IEnumerable<SpoolFile> Abandoned() =>
        Directory.Exists(folders.Spool)
            ? Directory.EnumerateFiles(folders.Spool, SpoolFile.Pattern).Order(StringComparer.Ordinal)
                .Select(SpoolFile.TryTakeOver).OfType<SpoolFile>()
            : [];

    [LoggerMessage(LogLevel.Error, "The spool holds {Bytes} bytes, as much as it may: deliveries are turned away until Postgres is back")]
    private partial void LogFull(long bytes);

    [LoggerMessage(LogLevel.Error, "Deliveries cannot be spooled")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(LogLevel.Warning, "{Count} deliveries that a stopped instance had spooled are in the inbox")]
    private partial void LogTakenOver(int count);

    // Such a delivery was never acknowledged: the crash came before the answer.
    [LoggerMessage(LogLevel.Warning, "The last {Bytes} bytes of a spool file are not a whole delivery, as after a crash while it was written")]
    private partial void LogTorn(long bytes);

    [LoggerMessage(LogLevel.Error, "A spool file holds what could not be moved to the inbox; it is kept as {File}")]
    private partial void LogSetAside(string file);
}
