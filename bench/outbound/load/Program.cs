// A stand-in for Twilio's REST API that answers after a fixed time, and a client that asks for texts at a fixed rate.
//
//   load PORT MILLISECONDS                              only the stand-in
//   load PORT MILLISECONDS API KEY PREFIX SECONDS RATE  also the client; prints p50, p95 and p99 in milliseconds from the answer 202 to the
//                                                       arrival of the text at the stand-in, and the number of texts
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;

var (port, latency) = (args[0], TimeSpan.FromMilliseconds(double.Parse(args[1], CultureInfo.InvariantCulture)));
var arrived = new ConcurrentDictionary<string, long>();

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
await using var app = builder.Build();
app.MapPost("/2010-04-01/Accounts/{account}/Messages.json", async (HttpContext context, string account) =>
{
    var form = await context.Request.ReadFormAsync();
    var body = form["Body"].ToString();
    arrived.TryAdd(body, Stopwatch.GetTimestamp());
    await Task.Delay(latency);
    return Results.Json(
        new
        {
            sid = $"SM{Guid.NewGuid():N}",
            status = "queued",
            account_sid = account,
            body,
            to = form["To"].ToString(),
            from = form["From"].ToString(),
            direction = "outbound-api",
            num_segments = "1",
            num_media = "0",
            date_created = DateTime.UtcNow.ToString("r"),
        },
        statusCode: StatusCodes.Status201Created);
});
await app.StartAsync();
if (args.Length == 2)
{
    await app.WaitForShutdownAsync();
    return;
}

using var http = new HttpClient { BaseAddress = new Uri(args[2]), Timeout = TimeSpan.FromSeconds(30) };
http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", args[3]);
var (prefix, rate) = (args[4], double.Parse(args[6], CultureInfo.InvariantCulture));
var count = (int)(double.Parse(args[5], CultureInfo.InvariantCulture) * rate);
var began = Stopwatch.GetTimestamp();
var requests = new List<Task<(string Body, long Answered)>>();
for (var i = 0; i < count; i++)
{
    var due = began + (long)(i / rate * Stopwatch.Frequency);
    if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is { TotalMilliseconds: > 0 } wait)
    {
        await Task.Delay(wait);
    }

    var number = i;
    requests.Add(Task.Run(() => PostAsync(number)));
}

var answered = await Task.WhenAll(requests);
var deadline = Stopwatch.GetTimestamp();
while (answered.Any(text => !arrived.ContainsKey(text.Body)) && Stopwatch.GetElapsedTime(deadline) < TimeSpan.FromSeconds(30))
{
    await Task.Delay(50);
}

// A text may arrive before its answer 202 has been read.
var times = answered.Select(text => arrived.TryGetValue(text.Body, out var at) ? Math.Max(0, Stopwatch.GetElapsedTime(text.Answered, at).TotalMilliseconds) : 30_000)
    .Order().ToArray();
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{At(0.5):0.0} {At(0.95):0.0} {At(0.99):0.0} {times.Length}"));

double At(double quantile) => times[(int)(quantile * (times.Length - 1))];

async Task<(string Body, long Answered)> PostAsync(int i)
{
    var body = $"text {i} {Guid.NewGuid():N}";
    using var answer = await http.PostAsJsonAsync("/api/twilio/send-sms", new { to = string.Create(CultureInfo.InvariantCulture, $"{prefix}{i:00000}"), body });
    answer.EnsureSuccessStatusCode();
    return (body, Stopwatch.GetTimestamp());
}
