// Sends signed texts over keep-alive connections and prints one line: answers per second, p50 and p99 in milliseconds, and how many
// answers had which status.
//
//   load URL TOKEN KIND CONNECTIONS SECONDS [RATE]
//
// Without RATE, every connection sends the next request when the last one is answered. With RATE, requests are due at fixed times, and the
// latency counts from the due time, so that a slow answer also shows in the requests that it delays. Requests are created and signed before
// the clock starts.
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
var duration = TimeSpan.FromSeconds(double.Parse(args[4], CultureInfo.InvariantCulture));
double? rate = args.Length > 5 ? double.Parse(args[5], CultureInfo.InvariantCulture) : null;

// More requests than can be sent in the time. If they run out, the run ends early and prints an error.
var requests = new byte[(int)(duration.TotalSeconds * (rate ?? 70_000))][];
var texts = new Texts(target, args[1]);
Parallel.For(0, requests.Length, i => requests[i] = texts.Request(kind, i));
GC.Collect();

var connections = Enumerable.Range(0, int.Parse(args[3], CultureInfo.InvariantCulture)).Select(_ => new Connection(target)).ToList();
var driver = new Driver(connections, requests, rate);
var began = Stopwatch.GetTimestamp();
var answers = driver.Run(duration);
var took = Stopwatch.GetElapsedTime(began);
connections.ForEach(connection => connection.Dispose());

var latencies = answers.Select(answer => answer.Milliseconds).Order().ToArray();
var statuses = answers.GroupBy(answer => answer.Status).OrderBy(group => group.Key).Select(group => $"{group.Key}:{group.Count()}");
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{answers.Count / took.TotalSeconds:0} {At(0.5):0.0} {At(0.99):0.0} {string.Join(',', statuses)}"));
if (driver.RanOut)
{
    Console.Error.WriteLine("The requests ran out before the end of the measurement.");
}

double At(double quantile) => latencies[(int)(quantile * (latencies.Length - 1))];
