using System.Runtime.InteropServices;
using JackAutomotive.Contract;
using OpenTelemetry;

namespace JackAutomotive.Realtime.Events;

/// <summary>
/// Looks up the newest seq of leads, one query at a time: what is asked meanwhile goes into the next one together. Thousands of streams
/// that come at once cost Postgres a few queries, and never more than one connection.
/// </summary>
internal sealed class LeadPositions(LeadLog log, IHostApplicationLifetime lifetime)
{
    private readonly Lock _gate = new();
    private Dictionary<LeadId, TaskCompletionSource<long?>> _asked = [];
    private bool _isAsking;

    /// <summary>
    /// The seq of the lead's newest event at some moment after this was called, 0 if it has none, or null if there is no such lead.
    /// </summary>
    /// <exception cref="Npgsql.NpgsqlException">Postgres is away.</exception>
    /// <exception cref="TimeoutException">Postgres did not answer in time.</exception>
    public Task<long?> FindAsync(LeadId lead)
    {
        lock (_gate)
        {
            ref var answer = ref CollectionsMarshal.GetValueRefOrAddDefault(_asked, lead, out _);
            answer ??= new TaskCompletionSource<long?>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!_isAsking)
            {
                _isAsking = true;
                ThreadPool.UnsafeQueueUserWorkItem(static positions => _ = positions.AskAsync(), this, preferLocal: false);
            }

            return answer.Task;
        }
    }

    private async Task AskAsync()
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        while (TakeAsked() is { } asked)
        {
            try
            {
                foreach (var (lead, seq) in await log.FindSeqsAsync([.. asked.Keys], lifetime.ApplicationStopping))
                {
                    asked.Remove(lead, out var answer);
                    answer!.SetResult(seq);
                }

                foreach (var answer in asked.Values)
                {
                    answer.SetResult(null);
                }
            }
            catch (Exception e)
            {
                // Each of those who asked deals with it.
                foreach (var answer in asked.Values)
                {
                    answer.TrySetException(e);
                }
            }
        }
    }

    private Dictionary<LeadId, TaskCompletionSource<long?>>? TakeAsked()
    {
        lock (_gate)
        {
            var asked = _asked;
            _isAsking = asked.Count > 0;
            _asked = [];
            return _isAsking ? asked : null;
        }
    }
}
