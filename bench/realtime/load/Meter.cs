namespace JackAutomotive.RealtimeLoad;

/// <summary>The CPU time and memory that the server, Redis, Postgres and this program used, and the CPU time of other processes.</summary>
internal sealed class Meter(Settings settings)
{
    private readonly Processes _server = new(settings.ServerIds);
    private readonly Processes _redis = new(settings.RedisIds);
    private readonly Processes _log = new(settings.LogIds);
    private readonly Processes _own = new([Environment.ProcessId]);

    private long _memoryBefore;
    private double _cpuBefore;
    private long _memoryWith;
    private long _memoryAfter;
    private Sample _start;
    private Sample _end;
    private long _startedAt;
    private double _seconds;

    private readonly record struct Sample(double Server, double Redis, double Log, double Own, (double Busy, double All)[] Cores);

    /// <summary>Called before the first connection.</summary>
    public void BeforeReaders()
    {
        _memoryBefore = _server.MemoryKib;
        _cpuBefore = _server.CpuSeconds;
    }

    /// <summary>Called when the last stream is open. Returns the server's CPU seconds since <see cref="BeforeReaders"/>.</summary>
    public double AfterOpening() => Math.Round(_server.CpuSeconds - _cpuBefore, 2);

    /// <summary>Called when all connections are open and warmed up.</summary>
    public void AfterWarmUp()
    {
        _server.Refresh();
        _log.Refresh();
        _memoryWith = _server.MemoryKib;
    }

    public void Start()
    {
        _start = TakeSample();
        _startedAt = Loop.Now;
    }

    /// <param name="lastAt">The time of the last measured delivery.</param>
    public void Stop(long lastAt)
    {
        _end = TakeSample();
        _seconds = Math.Max(1, lastAt - _startedAt) / 1e9;
        _memoryAfter = _server.MemoryKib;
    }

    public void Report(Result result, Tally tally, Readers readers)
    {
        // A difference is negative if a process that was counted at the start has ended.
        var server = Math.Max(0, _end.Server - _start.Server);
        var redis = Math.Max(0, _end.Redis - _start.Redis);
        var log = Math.Max(0, _end.Log - _start.Log);
        var own = _end.Own - _start.Own;
        var cores = _end.Cores.Zip(_start.Cores, (end, start) => (Busy: end.Busy - start.Busy, All: end.All - start.All)).ToArray();
        var foreign = Math.Max(0, cores.Sum(core => core.Busy) - server - redis - log - own);

        result.Seconds = Math.Round(_seconds, 2);
        result.CpuS = Math.Round(server, 2);
        result.RedisCpuS = Math.Round(redis, 2);
        result.LogCpuS = Math.Round(log, 2);
        result.LoadCpuS = Math.Round(own, 2);
        if (tally.Delivered > 0)
        {
            result.DeliveriesPerS = Math.Round(tally.Delivered / _seconds);
            result.CpuSPerMillion = Math.Round(server / tally.Delivered * 1e6, 3);
            result.RedisCpuSPerMillion = Math.Round(redis / tally.Delivered * 1e6, 3);
        }

        result.KibPerConnection = Math.Round((double)(_memoryWith - _memoryBefore) / result.Readers, 2);
        result.ServerKib = _memoryAfter;
        result.GrewKib = _memoryAfter - _memoryWith;
        result.Ended = readers.Ended;
        result.Failed = readers.Failed;
        result.Refusal = readers.Refusal;
        result.CoresBusyPercent = string.Join('/', cores.Select(core => Math.Round(100 * core.Busy / Math.Max(0.01, core.All))));
        result.ForeignPercent = Math.Round(100 * foreign / Math.Max(0.01, cores.Sum(core => core.All)), 1);
    }

    private Sample TakeSample() => new(_server.CpuSeconds, _redis.CpuSeconds, _log.CpuSeconds, _own.CpuSeconds, Processes.CoreTimes());
}
