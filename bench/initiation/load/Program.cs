// Posts conversation-initiation webhooks at a fixed rate and prints one line: p50, p99 and the maximum latency in milliseconds, and the
// number of answers by status and kind: known caller, unknown caller, or incomplete (a variable is missing). Requests are due at fixed
// times, and the latency counts from the due time, so that a slow answer is not hidden.
//
//   load URL SECRET LEADS SECONDS RATE
//
// Every second caller is one of LEADS leads. The other callers are unknown. Each call has a new CallSid.
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
var requests = new List<Task<(double Milliseconds, string Answer)>>();
for (var i = 0; i < count; i++)
{
    var due = began + (long)(i / rate * Stopwatch.Frequency);
    if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is { TotalMilliseconds: > 0 } wait)
    {
        await Task.Delay(wait);
    }

    var body = bodies[i];
    requests.Add(Task.Run(() => PostAsync(body, due)));
}

var answers = await Task.WhenAll(requests);
var latencies = answers.Select(answer => answer.Milliseconds).Order().ToArray();
var kinds = answers.CountBy(answer => answer.Answer).OrderBy(kind => kind.Key).Select(kind => $"{kind.Key}:{kind.Value}");
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture, $"{At(0.5):0.0} {At(0.99):0.0} {latencies[^1]:0.0} {string.Join(',', kinds)}"));

double At(double quantile) => latencies[(int)(quantile * (latencies.Length - 1))];

async Task<(double, string)> PostAsync(string body, long due)
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
