// Asks who calls, at a fixed rate, and prints one line: p50, p99 and the longest in milliseconds, and how many answers had which status
// and every variable. Requests are due at fixed times and their latency counts from then, so that a slow answer is not hidden.
//
//   load URL SECRET LEADS SECONDS RATE
//
// Every second caller is one of LEADS leads, the others are strangers; each call is a new one.
using System.Diagnostics;
using System.Globalization;
using System.Text;

var (url, secret) = (new Uri(args[0]), args[1]);
var leads = int.Parse(args[2], CultureInfo.InvariantCulture);
var rate = double.Parse(args[4], CultureInfo.InvariantCulture);
var count = (int)(double.Parse(args[3], CultureInfo.InvariantCulture) * rate);

using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 64 }) { Timeout = TimeSpan.FromSeconds(30) };
http.DefaultRequestHeaders.Add("X-Jack-Secret", secret);
var random = new Random();
var run = Guid.NewGuid().ToString("N")[..20];
var bodies = Enumerable.Range(0, count).Select(Body).ToArray();

var began = Stopwatch.GetTimestamp();
var asking = new List<Task<(double Milliseconds, string Answer)>>();
for (var i = 0; i < count; i++)
{
    var due = began + (long)(i / rate * Stopwatch.Frequency);
    if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is { TotalMilliseconds: > 0 } early)
    {
        await Task.Delay(early);
    }

    var body = bodies[i];
    asking.Add(Task.Run(() => AskAsync(body, due)));
}

var answers = await Task.WhenAll(asking);
var latencies = answers.Select(answer => answer.Milliseconds).Order().ToArray();
var kinds = answers.CountBy(answer => answer.Answer).OrderBy(kind => kind.Key).Select(kind => $"{kind.Key}:{kind.Value}");
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture, $"{At(0.5):0.0} {At(0.99):0.0} {latencies[^1]:0.0} {string.Join(',', kinds)}"));

double At(double quantile) => latencies[(int)(quantile * (latencies.Length - 1))];

async Task<(double, string)> AskAsync(string body, long due)
{
    using var content = new StringContent(body, Encoding.UTF8, "application/json");
    using var answer = await http.PostAsync(url, content);
    var text = await answer.Content.ReadAsStringAsync();
    var took = Stopwatch.GetElapsedTime(due).TotalMilliseconds;
    var kind = !text.Contains("\"do_not_ask\"", StringComparison.Ordinal) ? "incomplete"
        : text.Contains("\"is_known_caller\":true", StringComparison.Ordinal) ? "known" : "unknown";
    return (took, $"{(int)answer.StatusCode}-{kind}");
}

string Body(int i)
{
    var caller = i % 2 == 0 ? 2_020_000_000L + random.Next(leads) : 3_030_000_000L + random.Next(10_000_000);
    return string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"caller_id":"+1{{caller}}","agent_id":"agent_bench","called_number":"+12025550100","call_sid":"CA{{run}}{{i:x12}}"}""");
}
