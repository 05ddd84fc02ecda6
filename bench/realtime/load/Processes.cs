using System.Globalization;

namespace JackAutomotive.RealtimeLoad;

/// <summary>The CPU time and memory of some processes and their children, from <c>/proc</c>.</summary>
internal sealed class Processes
{
    // USER_HZ, the unit in which Linux reports times on every architecture.
    private const double TicksPerSecond = 100;

    private readonly int[] _roots;
    private int[] _all;

    public Processes(int[] roots)
    {
        _roots = roots;
        _all = WithChildren(roots);
    }

    /// <summary>Searches for child processes again.</summary>
    public void Refresh() => _all = WithChildren(_roots);

    public double CpuSeconds => _all.Sum(CpuSecondsOf);

    /// <summary>The proportional set size in KiB, which counts shared memory once.</summary>
    public long MemoryKib => _all.Sum(MemoryKibOf);

    /// <summary>Returns the busy seconds and the total seconds of each core.</summary>
    public static (double Busy, double All)[] CoreTimes() =>
    [
        .. File.ReadLines("/proc/stat")
            .Where(line => line.StartsWith("cpu", StringComparison.Ordinal) && char.IsAsciiDigit(line[3]))
            .Select(line =>
            {
                // The fields are: user nice system idle iowait irq softirq steal. The field user includes guests.
                var times = line.Split(' ').Skip(1).Take(8).Select(time => Number(time) / TicksPerSecond).ToArray();
                return (times.Sum() - times[3] - times[4], times.Sum());
            }),
    ];

    private static double CpuSecondsOf(int id) =>
        StatOf(id) is { } fields ? (Number(fields[11]) + Number(fields[12])) / TicksPerSecond : 0;

    private static long MemoryKibOf(int id)
    {
        try
        {
            var line = File.ReadLines($"/proc/{id}/smaps_rollup").First(line => line.StartsWith("Pss:", StringComparison.Ordinal));
            return (long)Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static int[] WithChildren(int[] roots)
    {
        var children = Directory.GetDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), out var id) ? id : 0)
            .Where(id => id != 0)
            .ToLookup(id => StatOf(id) is { } fields ? (int)Number(fields[1]) : 0);
        var all = new List<int>(roots);
        for (var i = 0; i < all.Count; i++)
        {
            all.AddRange(children[all[i]].Except(all));
        }

        return [.. all];
    }

    // Returns the fields after the process name: state, parent and so on. The name can contain spaces and parentheses.
    private static string[]? StatOf(int id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
