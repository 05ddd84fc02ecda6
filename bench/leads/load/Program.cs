// Measures the answers of the lead list, the search and the timeline, one request after the other, and prints a row of a table for each kind of
// request: p50 and p95 in milliseconds, and the p95 as a multiple of the p95 of reading one lead by its primary key, measured in the same run.
//
//   load URL KEY CONNECTION_STRING REQUESTS
//
// The samples (ids, numbers, names, words) come from the database, so the seeds need not be known here.
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Npgsql;

var requests = int.Parse(args[3], CultureInfo.InvariantCulture);
using var http = new HttpClient { BaseAddress = new Uri(args[0]) };
http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", args[1]);
await using var database = NpgsqlDataSource.Create(args[2]);

var ids = await SampleAsync("SELECT id::text FROM leads");
var numbers = await SampleAsync("SELECT phone FROM leads WHERE phone IS NOT NULL");
var names = await SampleAsync("SELECT name FROM leads WHERE name IS NOT NULL");
var staff = await SampleAsync("SELECT id::text FROM staff");
var labels = await SampleAsync("SELECT DISTINCT label FROM lead_labels");
var busy = (await ListAsync("SELECT lead_id::text FROM messages GROUP BY lead_id ORDER BY count(*) DESC LIMIT 1"))[0];
var common = await ListAsync("SELECT word FROM bench_words WHERE frequency > 0.02 ORDER BY word");
var medium = await ListAsync("SELECT word FROM bench_words WHERE frequency BETWEEN 0.0005 AND 0.02 ORDER BY word");
var rare = await ListAsync("SELECT word FROM bench_words WHERE frequency < 0.0005 ORDER BY word LIMIT 1000");

await using var connection = await database.OpenConnectionAsync();
await using var read = new NpgsqlCommand("SELECT id, phone, name, last_seq, created_at, updated_at FROM leads WHERE id = $1", connection);
read.Parameters.Add(new NpgsqlParameter<Guid>());
var reference = await MeasureAsync(async i =>
{
    ((NpgsqlParameter<Guid>)read.Parameters[0]).TypedValue = Guid.Parse(ids[i % ids.Count]);
    await using var row = await read.ExecuteReaderAsync();
    await row.ReadAsync();
});

Console.WriteLine("| request | p50 ms | p95 ms | p95 : reference |");
Console.WriteLine("|---|---|---|---|");
Print("**reference**: one lead by its primary key, SQL only", reference);
await ShowAsync("list, by creation", i => "/api/leads");
await ShowAsync("list, by last contact", i => "/api/leads?sort=lastContact");
await ShowAsync("list, by last contact, oldest first", i => "/api/leads?sort=lastContact&order=asc");
await ShowLaterPageAsync("list, by last contact, a later page", "/api/leads?sort=lastContact");
await ShowAsync("list, unanswered, by last contact", i => "/api/leads?sort=lastContact&unanswered=true");
await ShowAsync("list, one label, by last contact", i => $"/api/leads?sort=lastContact&label={Pick(labels, i)}");
await ShowAsync("list, one assignee, by last contact", i => $"/api/leads?sort=lastContact&assignee={Pick(staff, i)}");
await ShowAsync("list, WhatsApp", i => "/api/leads?channel=whatsapp");
await ShowAsync("search by a whole name", i => $"/api/leads?q={Pick(names, i)}");
await ShowAsync("search by the beginning of a name", i => $"/api/leads?q={Uri.EscapeDataString(Raw(names, i)[..3])}");
await ShowAsync("search by a number", i => $"/api/leads?q={Pick(numbers, i)}");
await ShowAsync("search by the last four digits", i => $"/api/leads?q={Raw(numbers, i)[^4..]}");
await ShowAsync("search for a rare word", i => $"/api/leads?q={Pick(rare, i)}");
await ShowAsync("search for a word of every 50th to 2000th text", i => $"/api/leads?q={Pick(medium, i)}");
await ShowAsync("the same, by last contact", i => $"/api/leads?sort=lastContact&q={Pick(medium, i)}");
await ShowAsync("search for a common word", i => $"/api/leads?q={Pick(common, i)}");
await ShowAsync("the same, by last contact", i => $"/api/leads?sort=lastContact&q={Pick(common, i)}");
await ShowAsync("search for two words", i => $"/api/leads?q={Pick(medium, i)}%20{Pick(common, i)}");
await ShowAsync("timeline of any lead, first page", i => $"/api/leads/{Pick(ids, i)}/timeline");
await ShowAsync("timeline of the busiest lead, first page", i => $"/api/leads/{busy}/timeline");
await ShowLaterPageAsync("timeline of the busiest lead, a later page", $"/api/leads/{busy}/timeline?order=desc");
await ShowAsync("timeline of the busiest lead, oldest first", i => $"/api/leads/{busy}/timeline?order=asc");
await ShowAsync("timeline of the busiest lead, texts only", i => $"/api/leads/{busy}/timeline?kind=text");

async Task<List<string>> SampleAsync(string sql) =>
    await ListAsync($"SELECT value FROM ({sql}) AS sample (value) ORDER BY md5(value) LIMIT 1000");

async Task<List<string>> ListAsync(string sql)
{
    await using var command = database.CreateCommand(sql);
    command.CommandTimeout = 300;
    await using var rows = await command.ExecuteReaderAsync();
    var all = new List<string>();
    while (await rows.ReadAsync())
    {
        all.Add(rows.GetString(0));
    }

    return all;
}

static string Raw(List<string> values, int i) => values[i % values.Count];

static string Pick(List<string> values, int i) => Uri.EscapeDataString(Raw(values, i));

async Task ShowAsync(string name, Func<int, string> path) => Print(name, await MeasureAsync(i => GetAsync(path(i))));

// Reads ten long pages to get deep into the list, and then measures the page that follows.
async Task ShowLaterPageAsync(string name, string path)
{
    var place = "";
    for (var i = 0; i < 10; i++)
    {
        using var page = JsonDocument.Parse(await http.GetStringAsync(new Uri($"{path}&limit=200{place}", UriKind.Relative)));
        place = $"&before={page.RootElement.GetProperty("next").GetString()}";
    }

    Print(name, await MeasureAsync(_ => GetAsync($"{path}{place}")));
}

async Task GetAsync(string path)
{
    using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
    answer.EnsureSuccessStatusCode();
    await answer.Content.ReadAsByteArrayAsync();
}

async Task<double[]> MeasureAsync(Func<int, Task> request)
{
    for (var i = 0; i < requests / 5; i++)
    {
        await request(requests + i);
    }

    var times = new double[requests];
    for (var i = 0; i < requests; i++)
    {
        var began = Stopwatch.GetTimestamp();
        await request(i);
        times[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    Array.Sort(times);
    return times;
}

void Print(string name, double[] times) => Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"| {name} | {At(times, 0.5):0.0} | {At(times, 0.95):0.0} | {At(times, 0.95) / At(reference, 0.95):0} |"));

static double At(double[] times, double quantile) => times[(int)(quantile * (times.Length - 1))];
