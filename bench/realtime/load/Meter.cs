using System.Text.Json.Nodes;

namespace JackAutomotive.RealtimeLoad;

/// <summary>What the measurement cost the server, Redis, Postgres and this program, and what else kept the machine busy.</summary>
internal sealed class Meter(Settings settings)
{
    private readonly Processes _server = new(settings.ServerIds);
    private readonly Processes _redis = new(settings.RedisIds);
    private readonly Processes _log = new(settings.LogIds);
    private readonly Processes _own = new([Environment.ProcessId]);

    private long _memoryBefore;
    private long _memoryWith;
    private long _memoryAfter;
    private Sample _start;
    private Sample _end;
    private long _startedAt;
    private double _seconds;

    private readonly record struct Sample(double Server, double Redis, double Log, double Own, (double Busy, double All)[] Cores);

    /// <summary>To be called when the server has no connection yet.</summary>
    public void BeforeReaders() => _memoryBefore = _server.MemoryKib;

    /// <summary>To be called when it has all.</summary>
    public void WithReaders()
    {
        _server.Refresh();
        _log.Refresh();
        _memoryWith = _server.MemoryKib;
    }

    public void Start()
    {
        _start = Take();
        _startedAt = Loop.Now;
    }

    /// <param name="lastAt">When the last thing happened that counts.</param>
    public void Stop(long lastAt)
    {
        _end = Take();
        _seconds = Math.Max(1, lastAt - _startedAt) / 1e9;
        _memoryAfter = _server.MemoryKib;
    }

    public void Report(JsonObject result, Tally tally, Readers readers, Scenario scenario)
    {
        var (server, redis) = (_end.Server - _start.Server, _end.Redis - _start.Redis);
        var (log, own) = (_end.Log - _start.Log, _end.Own - _start.Own);
        var cores = _end.Cores.Zip(_start.Cores, (end, start) => (Busy: end.Busy - start.Busy, All: end.All - start.All)).ToArray();
        var foreign = Math.Max(0, cores.Sum(core => core.Busy) - server - redis - log - own);

        result["seconds"] = Math.Round(_seconds, 2);
        result["cpu_s"] = Math.Round(server, 2);
        result["redis_cpu_s"] = Math.Round(redis, 2);
        result["log_cpu_s"] = Math.Round(log, 2);
        result["load_cpu_s"] = Math.Round(own, 2);
        if (tally.Delivered > 0)
        {
            result["deliveries_per_s"] = Math.Round(tally.Delivered / _seconds);
            result["cpu_s_per_million"] = Math.Round(server / tally.Delivered * 1e6, 3);
            result["redis_cpu_s_per_million"] = Math.Round(redis / tally.Delivered * 1e6, 3);
            result["events_per_receive"] = Math.Round((double)tally.Delivered / Math.Max(1, readers.Receives), 2);
        }

        result["kib_per_connection"] = Math.Round((double)(_memoryWith - _memoryBefore) / scenario.Readers, 2);
        result["server_kib"] = _memoryAfter;
        result["grew_kib"] = _memoryAfter - _memoryWith;
        result["ended"] = readers.Ended;
        result["failed"] = readers.Failed;
        result["refusal"] = readers.Refusal;
        result["cores_busy_percent"] = string.Join('/', cores.Select(core => Math.Round(100 * core.Busy / Math.Max(0.01, core.All))));
        result["foreign_percent"] = Math.Round(100 * foreign / Math.Max(0.01, cores.Sum(core => core.All)), 1);
    }

    private Sample Take() => new(_server.CpuSeconds, _redis.CpuSeconds, _log.CpuSeconds, _own.CpuSeconds, Processes.CoreTimes());
}
