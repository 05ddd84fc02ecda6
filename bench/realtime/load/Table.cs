using System.Globalization;

namespace JackAutomotive.RealtimeLoad;

/// <summary>The results in Markdown: the quietest run of each scenario and peer, and how far the goals are reached.</summary>
internal static class Table
{
    private static readonly (string Title, Func<Result, string> Value)[] s_measured =
    [
        ("p50 ms", r => Number(r.P50Ms)),
        ("p99 ms", r => Number(r.P99Ms)),
        ("max ms", r => Number(r.MaxMs)),
        ("CPU s per million: server", r => Number(r.CpuSPerMillion)),
        ("Redis", r => Number(r.RedisCpuSPerMillion)),
        ("lost, doubled, reordered", r => $"{r.Lost}, {r.Doubled}, {r.Reordered}"),
    ];

    private static readonly (string Title, Func<Result, string> Value)[] s_storm =
    [
        ("back", r => $"{r.Back} of {r.Readers}"),
        ("all back after ms", r => Number(r.BackMs)),
        ("one back after ms, p50", r => Number(r.BackP50Ms)),
        ("p99", r => Number(r.BackP99Ms)),
        ("refused meanwhile", r => Number(r.BackFailed)),
        ("lost", r => $"{r.Lost} of {r.Expected}"),
        ("doubled, reordered", r => $"{r.Doubled}, {r.Reordered}"),
        ("all caught up after ms", r => Number(r.CaughtUpMs)),
        ("new message at all after ms", r => Number(r.ServedMs)),
    ];

    private static readonly Dictionary<string, (string Title, Func<Result, string> Value)[]> s_columns = new()
    {
        ["fan-sat"] = [("deliveries/s", r => Number(r.DeliveriesPerS)), .. s_measured],
        ["fan-paced"] = s_measured,
        ["many"] = s_measured,
        ["idle"] =
        [
            ("open", r => Number(r.Open)),
            ("KiB per connection", r => Number(r.KibPerConnection)),
            ("CPU s in 10 s", r => Number(r.CpuS)),
            ("opened within s", r => Number(r.ConnectS)),
        ],
        ["storm"] = s_storm,
        ["storm-elsewhere"] = s_storm,
        ["slow"] =
        [
            ("cut", r => $"{r.Cut} of 10"),
            ("these lacked, back again", r => Number(r.CutMissed)),
            ("those kept lacked", r => Number(r.KeptMissed)),
            ("memory grew by MiB", r => Number(r.GrewKib / 1024.0)),
            ("the others: p50 ms", r => Number(r.P50Ms)),
            ("p99 ms", r => Number(r.P99Ms)),
            ("lost, doubled, reordered", r => $"{r.Lost}, {r.Doubled}, {r.Reordered}"),
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
            var columns = s_columns.GetValueOrDefault(scenario.Key) ?? s_measured;
            Console.WriteLine($"\n### {scenario.Key}\n\n| | {string.Join(" | ", columns.Select(column => column.Title))} | others' CPU % |");
            Console.WriteLine($"|---|{string.Concat(columns.Select(_ => "---|"))}---|");
            foreach (var result in scenario)
            {
                Console.WriteLine($"| {result.Peer} | {string.Join(" | ", columns.Select(column => column.Value(result)))} | {Number(result.ForeignPercent)} |");
            }

            goals.AddRange(Goals.Of(scenario.Key, scenario.ToDictionary(result => result.Peer)));
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
        _ => value.Value.ToString("0.##", CultureInfo.InvariantCulture),
    };
}
