using JackAutomotive.Contracts;
using JackAutomotive.Tests.Fixtures;
using Npgsql;
using StackExchange.Redis;

namespace JackAutomotive.Tests.Realtime.Load;

/// <summary>
/// Raises events of several leads until it is stopped, as the product does: commit, then publish. An event whose publish fails stays
/// in Postgres, where the instances find it. After a commit that fails, the appender tries again.
/// </summary>
internal sealed class Appender : IAsyncDisposable
{
    // A slow publish does not delay the next commit, which uses another connection.
    private static readonly TimeSpan s_publishPatience = TimeSpan.FromMilliseconds(50);

    // A few hundred events per second over all leads. The load is sufficient and leaves capacity for tests that run at the same time.
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(5);

    private readonly RealtimeFixture _fixture;
    private readonly LeadId[] _leads;
    private readonly Predicate<LeadEvent> _publishes;
    private readonly CancellationTokenSource _stop = new();
    private readonly int[] _appended;
    private readonly Task _running;

    /// <param name="fixture">The fixture that stores and publishes the events.</param>
    /// <param name="leads">The leads that get the events.</param>
    /// <param name="publishes">Returns whether an event is published; by default every event is.</param>
    public Appender(RealtimeFixture fixture, LeadId[] leads, Predicate<LeadEvent>? publishes = null)
    {
        _fixture = fixture;
        _leads = leads;
        _publishes = publishes ?? (_ => true);
        _appended = new int[leads.Length];
        _running = Task.WhenAll(Enumerable.Range(0, leads.Length).Select(i => Task.Run(() => RunAsync(i))));
    }

    /// <summary>Waits until every lead has <paramref name="events"/> more events than now.</summary>
    public Task WaitForMoreEventsAsync(int events)
    {
        var goal = Array.ConvertAll(_appended, appended => appended + events);
        return Wait.UntilAsync(
            () => _running.IsFaulted || Enumerable.Range(0, goal.Length).All(i => Volatile.Read(ref _appended[i]) >= goal[i]),
            $"{events} more events of each lead");
    }

    /// <summary>Stops raising events and returns the newest seq of each lead.</summary>
    public async Task<Dictionary<LeadId, long>> StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
        var newest = new Dictionary<LeadId, long>();
        foreach (var lead in _leads)
        {
            await using var command = _fixture.Database.CreateCommand("SELECT last_seq FROM leads WHERE id = $1");
            command.Parameters.Add(new NpgsqlParameter { Value = lead.Value });
            newest[lead] = (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
        }

        return newest;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(int index)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var e = await _fixture.AppendAsync(_leads[index]);
                if (_publishes(e))
                {
                    await PublishAsync(e);
                }

                Interlocked.Increment(ref _appended[index]);
            }
            catch (NpgsqlException)
            {
                // The commit may or may not have succeeded. StopAsync reads the result from the log.
            }

            await Task.Delay(s_pace, CancellationToken.None);
        }
    }

    private async Task PublishAsync(LeadEvent e)
    {
        try
        {
            await _fixture.PublishAsync(e).WaitAsync(s_publishPatience);
        }
        catch (Exception ex) when (ex is RedisException or TimeoutException)
        {
            // Redis is down or hangs. The publish may still succeed later.
        }
    }
}
