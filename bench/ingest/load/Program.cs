// Sends signed texts over keep-alive connections and prints one line: answers per second, p50 and p99 in milliseconds, and how many
// answers had which status.
//
//   load URL TOKEN KIND CONNECTIONS SECONDS [RATE]
//
// Without RATE every connection sends as soon as it was answered. With it, requests are due at fixed times and their latency counts
// from then, so that a slow answer is not hidden by the requests that it holds up. Requests are made and signed before the clock starts.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using JackAutomotive.IngestLoad;

if (args is ["sink", var address])
{
    await TelemetrySink.RunAsync(address);
    return;
}

var target = new Uri(args[0]);
var kind = Enum.Parse<Kind>(args[2], ignoreCase: true);
var connections = int.Parse(args[3], CultureInfo.InvariantCulture);
var duration = TimeSpan.FromSeconds(double.Parse(args[4], CultureInfo.InvariantCulture));
double? rate = args.Length > 5 ? double.Parse(args[5], CultureInfo.InvariantCulture) : null;

// More than can be sent in that time; whoever runs out stops early and says so.
var count = (int)(duration.TotalSeconds * (rate ?? 20_000));
var texts = new Texts(target, args[1]);
var requests = new byte[count][];
Parallel.For(0, count, i => requests[i] = texts.Request(kind, i));
GC.Collect();

var next = -1;
var all = new ConcurrentBag<List<(double Milliseconds, int Status)>>();
var open = new List<Connection>();
for (var i = 0; i < connections; i++)
{
    open.Add(new Connection());
    await open[i].OpenAsync(target);
}

var began = Stopwatch.GetTimestamp();
await Task.WhenAll(open.Select(connection => Task.Run(() => SendAsync(connection))));
var took = Stopwatch.GetElapsedTime(began);

var answers = all.SelectMany(list => list).ToList();
var latencies = answers.Select(answer => answer.Milliseconds).Order().ToArray();
var statuses = answers.GroupBy(answer => answer.Status).OrderBy(group => group.Key).Select(group => $"{group.Key}:{group.Count()}");
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{answers.Count / took.TotalSeconds:0} {At(0.5):0.0} {At(0.99):0.0} {string.Join(',', statuses)}"));
if (rate is null && next >= count)
{
    Console.Error.WriteLine("The requests ran out before the time did.");
}

double At(double quantile) => latencies[(int)(quantile * (latencies.Length - 1))];

async Task SendAsync(Connection connection)
{
    var mine = new List<(double, int)>(count / connections);
    while (Stopwatch.GetElapsedTime(began) < duration && Interlocked.Increment(ref next) is var i && i < count)
    {
        var due = Stopwatch.GetTimestamp();
        if (rate is { } perSecond)
        {
            due = began + (long)(i / perSecond * Stopwatch.Frequency);
            if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is { TotalMilliseconds: > 1 } early)
            {
                await Task.Delay(early);
            }
        }

        var status = await connection.SendAsync(requests[i]);
        mine.Add((Stopwatch.GetElapsedTime(due).TotalMilliseconds, status));
    }

    connection.Dispose();
    all.Add(mine);
}
