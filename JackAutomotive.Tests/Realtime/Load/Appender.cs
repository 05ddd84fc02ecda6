extern alias realtime;

using JackAutomotive.Tests.Fixtures;
using Npgsql;
using realtime::JackAutomotive.Contract;
using StackExchange.Redis;

namespace JackAutomotive.Tests.Realtime.Load;

/// <summary>
/// Raises events of several leads without end, as the product does: commit, then publish; what cannot be published is left to
/// Postgres, and what cannot be committed is tried again.
/// </summary>
internal sealed class Appender : IAsyncDisposable
{
    // A publisher in trouble does not hold up the next commit, which comes on another connection.
    private static readonly TimeSpan s_publishPatience = TimeSpan.FromMilliseconds(50);

    // Some hundred events a second of all leads together: load enough, and room for the tests that run at the same time.
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(5);

    private readonly RealtimeFixture _fixture;
    private readonly LeadId[] _leads;
    private readonly Predicate<LeadEvent> _publishes;
    private readonly CancellationTokenSource _stop = new();
    private readonly int[] _appended;
    private readonly Task _running;

    /// <param name="fixture">Where to.</param>
    /// <param name="leads">Whose events.</param>
    /// <param name="publishes">Whether an event is published or forgotten; all of them by default.</param>
    public Appender(RealtimeFixture fixture, LeadId[] leads, Predicate<LeadEvent>? publishes = null)
    {
        _fixture = fixture;
        _leads = leads;
        _publishes = publishes ?? (_ => true);
        _appended = new int[leads.Length];
        _running = Task.WhenAll(Enumerable.Range(0, leads.Length).Select(i => Task.Run(() => RunAsync(i))));
    }

    /// <summary>Waits until every lead has got that many events more.</summary>
    public Task MoreAsync(int events)
    {
        var goal = Array.ConvertAll(_appended, appended => appended + events);
        return Wait.UntilAsync(
            () => _running.IsFaulted || Enumerable.Range(0, goal.Length).All(i => Volatile.Read(ref _appended[i]) >= goal[i]),
            $"{events} more events of each lead");
    }

    /// <summary>Raises no more, and returns the newest seq of each lead.</summary>
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
                // Committed or not, who knows; the log will tell.
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
            // Redis is away, or hangs: then it may go out later.
        }
    }
}
