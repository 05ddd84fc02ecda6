using System.Globalization;

namespace JackAutomotive.RealtimeLoad;

/// <summary>Prints the results in Markdown: the quietest run of each scenario and peer, and which goals are reached.</summary>
internal static class Table
{
    private static readonly Column[] s_cost =
    [
        new("CPU s per million", r => r.CpuSPerMillion),
        new("with Redis", r => r.CpuSPerMillion + r.RedisCpuSPerMillion),
    ];

    private static readonly Column[] s_faults =
    [
        new("lost", r => r.Lost, Compares: false),
        new("doubled", r => r.Doubled, Compares: false),
        new("out of order", r => r.Reordered, Compares: false),
    ];

    private static readonly Column[] s_latency = [new("p50 ms", r => r.P50Ms), new("p99 ms", r => r.P99Ms), new("longest ms", r => r.MaxMs)];

    private static readonly Column[] s_paced = [.. s_latency, .. s_cost, .. s_faults];

    private static readonly Column[] s_saturated = [new("deliveries/s", r => r.DeliveriesPerS), .. s_paced];

    private static readonly Column[] s_storm =
    [
        new("back", r => r.Back, Compares: false),
        new("all back, ms", r => r.BackMs),
        new("one back, p50 ms", r => r.BackP50Ms),
        new("p99 ms", r => r.BackP99Ms),
        new("refused meanwhile", r => r.BackFailed, Compares: false),
        new("all have all, ms later", r => r.CaughtUpMs, Compares: false),
        new("deliveries expected", r => r.Expected, Compares: false),
        .. s_faults,
    ];

    private static readonly Dictionary<string, Column[]> s_columns = new()
    {
        ["fan-sat"] = s_saturated,
        ["each-sat"] = s_saturated,
        ["idle"] =
        [
            new("open", r => r.Open, Compares: false),
            new("KiB per connection", r => r.KibPerConnection),
            new("CPU s in 10 s", r => r.CpuS),
            new("opened within s", r => r.ConnectS),
            new("with CPU s", r => r.ConnectCpuS),
        ],
        ["storm"] = s_storm,
        ["storm-elsewhere"] = s_storm,
        ["slow"] =
        [
            new("of 10 cut", r => r.Cut, Compares: false),
            new("lacking when back", r => r.CutMissed, Compares: false),
            new("lacking when kept", r => r.KeptMissed, Compares: false),
            new("memory grew by MiB", r => r.GrewKib / 1024.0),
            .. s_latency,
            .. s_faults,
        ],
    };

    public static void Print(string path)
    {
        var quietest = File.ReadLines(path).Select(Result.Parse)
            .GroupBy(result => (result.Scenario, result.Peer))
            .Select(runs => runs.MinBy(run => run.ForeignPercent)!)
            .GroupBy(result => result.Scenario);
        var goals = new List<string>();
        foreach (var scenario in quietest)
        {
            var peers = scenario.ToDictionary(result => result.Peer);
            Print(scenario.Key, peers);
            goals.AddRange(Goals.Evaluate(scenario.Key, peers));
        }

        if (goals.Count > 0)
        {
            Console.WriteLine("\n### Goals\n\n| scenario | goal | measured | |\n|---|---|---|---|");
            goals.ForEach(Console.WriteLine);
        }
    }

    internal static string Number(double? value) => value switch
    {
        null => "–",
        >= 100 => value.Value.ToString("#,##0", CultureInfo.InvariantCulture),
        >= 10 => value.Value.ToString("0.#", CultureInfo.InvariantCulture),
        >= 0.1 => value.Value.ToString("0.##", CultureInfo.InvariantCulture),
        _ => value.Value.ToString("0.###", CultureInfo.InvariantCulture),
    };

    private static void Print(string scenario, Dictionary<string, Result> peers)
    {
        var columns = s_columns.GetValueOrDefault(scenario) ?? s_paced;
        Console.WriteLine($"\n### {scenario}\n\n| | {string.Join(" | ", columns.Select(column => column.Title))} | others' CPU % |");
        Console.WriteLine($"|---|{string.Concat(columns.Select(_ => "---|"))}---|");
        foreach (var (peer, result) in peers)
        {
            Row(peer == Goals.Ours ? "**ours**" : peer, columns.Select(column => Number(column.Value(result))).Append(Number(result.ForeignPercent)));
        }

        foreach (var other in Goals.Others)
        {
            if (peers.TryGetValue(Goals.Ours, out var ours) && peers.TryGetValue(other, out var theirs))
            {
                Row($"ours : {other}", columns.Select(column => column.Compares ? Number(column.Value(ours) / column.Value(theirs)) : "").Append(""));
            }
        }
    }

    private static void Row(string title, IEnumerable<string> cells) => Console.WriteLine($"| {title} | {string.Join(" | ", cells)} |");

    /// <summary>One figure of a result.</summary>
    /// <param name="Title">The column's heading.</param>
    /// <param name="Value">Reads the figure from a result.</param>
    /// <param name="Compares">Whether the ratio of two servers' figures is meaningful.</param>
    private sealed record Column(string Title, Func<Result, double?> Value, bool Compares = true);
}
