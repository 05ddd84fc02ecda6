namespace JackAutomotive.RealtimeLoad;

/// <summary>The performance goals, most of them relative to the other servers in the same run.</summary>
internal static class Goals
{
    public const string Ours = "ours";

    /// <summary>The servers that the product is compared with.</summary>
    public static readonly string[] Others = ["nchan", "naive"];

    public static IEnumerable<string> Evaluate(string scenario, Dictionary<string, Result> peers) => peers.TryGetValue(Ours, out var ours)
        ? Check(scenario, ours, peers.GetValueOrDefault(Others[0]), peers.GetValueOrDefault(Others[1]))
        : [];

    private static IEnumerable<string> Check(string scenario, Result ours, Result? nchan, Result? naive) => scenario switch
    {
        "fan-sat" =>
        [
            AtLeast(scenario, "deliveries/s: 20 × nchan", ours.DeliveriesPerS / nchan?.DeliveriesPerS, 20),
            AtLeast(scenario, "deliveries/s: 8 × naive", ours.DeliveriesPerS / naive?.DeliveriesPerS, 8),
            NoFaults(scenario, ours),
        ],
        "fan-paced" => [AtMost(scenario, "p99: 1 × nchan", ours.P99Ms / nchan?.P99Ms, 1), NoFaults(scenario, ours)],
        "many" =>
        [
            AtMost(scenario, "p99: 1 × nchan", ours.P99Ms / nchan?.P99Ms, 1),
            AtMost(scenario, "CPU with Redis: 0.35 × naive", Cpu(ours) / Cpu(naive), 0.35),
            NoFaults(scenario, ours),
        ],
        "idle" => [AtMost(scenario, "10 KiB for each connection", ours.KibPerConnection, 10)],
        "storm" => [AtMost(scenario, "all back: 1 × nchan", ours.BackMs / nchan?.BackMs, 1), NoFaults(scenario, ours)],
        "storm-elsewhere" => [NoFaults(scenario, ours)],
        "slow" =>
        [
            AtLeast(scenario, "10 cut", ours.Cut, 10),
            Zero(scenario, "nothing lacking when they are back", ours.CutMissed),
            AtMost(scenario, "memory grows by 5 MiB", ours.GrewKib / 1024.0, 5),
            AtMost(scenario, "the others' p99: 1 × naive", ours.P99Ms / naive?.P99Ms, 1),
            NoFaults(scenario, ours),
        ],
        _ => [],
    };

    private static double? Cpu(Result? result) => result?.CpuSPerMillion + result?.RedisCpuSPerMillion;

    private static string NoFaults(string scenario, Result ours) =>
        Zero(scenario, "nothing lost, doubled or out of order", ours.Lost + ours.Doubled + ours.Reordered);

    private static string Zero(string scenario, string goal, double? value) => Row(scenario, goal, value, value == 0);

    private static string AtLeast(string scenario, string goal, double? value, double limit) =>
        Row(scenario, $"at least {goal}", value, value >= limit);

    private static string AtMost(string scenario, string goal, double? value, double limit) =>
        Row(scenario, $"at most {goal}", value, value <= limit);

    private static string Row(string scenario, string goal, double? value, bool isReached) =>
        $"| {scenario} | {goal} | {Table.Number(value)} | {(value is null ? "not measured" : isReached ? "reached" : "**not reached**")} |";
}
