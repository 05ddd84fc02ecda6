using System.Runtime.InteropServices;
using JackAutomotive.Contracts;
using OpenTelemetry;

namespace JackAutomotive.Realtime.Feeds;

/// <summary>
/// Looks up the newest seq of leads with one query at a time. Lookups that arrive during a query share the next query, so thousands of
/// streams that open at once cost Postgres a few queries and never more than one connection.
/// </summary>
internal sealed class LeadPositions(LeadLog log, IHostApplicationLifetime lifetime)
{
    private readonly Lock _gate = new();
    private Dictionary<LeadId, TaskCompletionSource<long?>> _pending = [];
    private bool _isQuerying;

    /// <summary>
    /// Returns the seq of the lead's newest event, 0 if the lead has no events, or null if the lead does not exist. The query starts after
    /// the call, so the result includes every event that was committed before the call.
    /// </summary>
    /// <exception cref="Npgsql.NpgsqlException">Postgres is unavailable.</exception>
    /// <exception cref="TimeoutException">Postgres did not answer in time.</exception>
    public Task<long?> FindAsync(LeadId lead)
    {
        lock (_gate)
        {
            ref var answer = ref CollectionsMarshal.GetValueRefOrAddDefault(_pending, lead, out _);
            answer ??= new TaskCompletionSource<long?>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!_isQuerying)
            {
                _isQuerying = true;
                ThreadPool.UnsafeQueueUserWorkItem(static positions => _ = positions.QueryPendingAsync(), this, preferLocal: false);
            }

            return answer.Task;
        }
    }

    private async Task QueryPendingAsync()
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        while (TakePending() is { } batch)
        {
            try
            {
                foreach (var (lead, seq) in await log.FindSeqsAsync([.. batch.Keys], lifetime.ApplicationStopping))
                {
                    batch.Remove(lead, out var answer);
                    answer!.SetResult(seq);
                }

                foreach (var answer in batch.Values)
                {
                    answer.SetResult(null);
                }
            }
            catch (Exception e)
            {
                // Each caller of FindAsync gets the exception and handles it.
                foreach (var answer in batch.Values)
                {
                    answer.TrySetException(e);
                }
            }
        }
    }

    private Dictionary<LeadId, TaskCompletionSource<long?>>? TakePending()
    {
        lock (_gate)
        {
            var batch = _pending;
            _isQuerying = batch.Count > 0;
            _pending = [];
            return _isQuerying ? batch : null;
        }
    }
}
