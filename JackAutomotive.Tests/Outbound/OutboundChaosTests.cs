using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Outbound;

/// <summary>
/// Two processes send texts and calls to providers that fail in every way at random, while one of the processes is killed. In the end the
/// providers' ledger and ours agree. <c>JACK_OUTBOUND_CHAOS</c> sets the number of texts and calls of a longer run.
/// </summary>
public sealed class OutboundChaosTests(Servers servers, ITestOutputHelper output) : IAsyncLifetime
{
    private const int Kills = 2;

    private static readonly int s_count = int.TryParse(Environment.GetEnvironmentVariable("JACK_OUTBOUND_CHAOS"), out var count) ? count : 200;
    private static readonly int s_leads = Math.Clamp(s_count / 10, 40, 999);

    private readonly WebhookApiFixture _fixture = new(servers);
    private readonly IncomingSmsDriver _twilio = new(WebhookApiProcess.PublicAddress);
    private readonly Random _random = new(20261128);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task Every_accepted_text_and_call_reaches_the_providers_once_and_none_reaches_a_lead_that_has_opted_out()
    {
        await using var providers = await ProviderServer.StartAsync(TimeProvider.System);
        providers.Latency = TimeSpan.FromSeconds(1.5);
        providers.ChooseFault = ChooseFault;
        await using var one = NewProcess(providers);
        await using var two = NewProcess(providers);
        await Task.WhenAll(one.StartAsync(), two.StartAsync());
        var (status, voice) = (new SmsStatusDriver(_twilio), new VoiceStatusDriver(_twilio));
        providers.BeforeAnswer = async entry =>
        {
            if (entry.CallSid is { } call)
            {
                await voice.Progress(call, entry.To, "completed", 3, "outbound-api", ("AnsweredBy", "human")).DeliverAsync(two.Client);
            }
            else if (Roll(4))
            {
                await status.Status(entry.Id, "delivered", entry.To).DeliverAsync(two.Client);
            }
        };

        var numbers = Enumerable.Range(0, s_leads).Select(NumberByDay).ToList();
        var (texts, calls) = (s_count * 3 / 4, s_count / 4);
        var killing = KillAsync(one, providers, (texts + calls) / 4);
        var accepted = 0;
        await ForEachAsync(Enumerable.Range(0, texts + calls), async i =>
        {
            var request = new JsonObject { ["to"] = numbers[i % s_leads] };
            request[i < texts ? "body" : "reason"] = $"Number {i}";
            if (await AcceptAsync(i < texts ? "/api/twilio/send-sms" : "/api/elevenlabs/outbound-call", request, $"key-{i}", one, two))
            {
                Interlocked.Increment(ref accepted);
            }

            if (i == texts / 2)
            {
                foreach (var number in numbers.Take(5))
                {
                    await _twilio.Text("STOP", number).DeliverAsync(two.Client);
                }
            }
        });
        await killing;
        await Wait.UntilAsync(
            async () => await _fixture.CountAsync("outbound_jobs WHERE state IN ('queued', 'held', 'sending', 'unknown')") == 0, "every job to go out");

        // What went out is exactly what we know of, each once.
        var jobs = await _fixture.CountAsync("outbound_jobs");
        Assert.Equal(accepted, jobs);
        Assert.Equal(
            providers.Texts.Select(text => text.Id).Order(StringComparer.Ordinal),
            (await _fixture.ListAsync<string>("SELECT provider_id FROM outbound_attempts WHERE provider_id LIKE 'SM%'")).Order(StringComparer.Ordinal));
        Assert.Equal(
            providers.Calls.Select(call => call.CallSid!).Order(StringComparer.Ordinal),
            (await _fixture.ListAsync<string>("SELECT call_sid FROM outbound_attempts WHERE call_sid IS NOT NULL")).Order(StringComparer.Ordinal));
        Assert.Empty(providers.Texts.GroupBy(text => text.Content).Where(same => same.Count() > 1).Select(same => same.Key));
        Assert.Empty(providers.Calls.GroupBy(call => call.Content).Where(same => same.Count() > 1).Select(same => same.Key));
        var sent = await _fixture.CountAsync("outbound_jobs WHERE state IN ('sent', 'done')");
        Assert.Equal(providers.Texts.Count + providers.Calls.Count, sent);
        Assert.Equal(jobs - sent, await _fixture.CountAsync("outbound_jobs WHERE state = 'withdrawn' AND gate = 'opted_out'"));

        // Nothing began after an opt-out, and nothing without a decision that allowed it.
        Assert.Equal(5, await _fixture.CountAsync("consent_entries"));
        Assert.Equal(0, await _fixture.CountAsync("""
            outbound_attempts AS attempt JOIN outbound_jobs AS job ON job.id = job_id JOIN consent_entries AS entry USING (lead_id)
            WHERE attempt.started_at > entry.created_at + interval '1 second'
            """));
        Assert.Equal(0, await _fixture.CountAsync(
            "outbound_jobs AS job WHERE state IN ('sent', 'done') AND NOT EXISTS (SELECT FROM outbound_decisions WHERE job_id = job.id AND allowed)"));
        output.WriteLine(
            $"accepted {accepted}, texts {providers.Texts.Count}, calls {providers.Calls.Count}, withdrawn {jobs - sent}, requests {providers.Requests}, look-ups {providers.Lookups}");
    }

    // A kill may take the answer with it. The caller then repeats the request with its key, at any process.
    private static async Task<bool> AcceptAsync(string path, JsonObject body, string key, params WebhookApiProcess[] processes)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
                request.Headers.Add("Idempotency-Key", key);
                request.Headers.Add("Authorization", $"Bearer {WebhookApiInstance.Key}");
                using var answer = await processes[i % processes.Length].Client.SendAsync(request, Cancellation);
                switch (answer.StatusCode)
                {
                    case HttpStatusCode.Accepted:
                        return true;
                    case HttpStatusCode.UnprocessableEntity:
                        return false; // The lead has opted out.
                    case HttpStatusCode.Conflict:
                        await Task.Delay(50, Cancellation); // A call with the lead is in progress, and ends.
                        break;
                }
            }
            catch (HttpRequestException)
            {
                await Task.Delay(20, Cancellation);
            }
        }
    }

    private ProviderFault ChooseFault() => Roll(2) ? ProviderFault.None : (ProviderFault)Next(7);

    private bool Roll(int sides) => Next(sides) == 0;

    private int Next(int limit)
    {
        lock (_random)
        {
            return _random.Next(limit);
        }
    }

    private static async Task KillAsync(WebhookApiProcess process, ProviderServer providers, int step)
    {
        for (var kill = 1; kill <= Kills; kill++)
        {
            await Wait.UntilAsync(() => providers.Requests >= kill * step, "requests to the providers");
            await process.KillAsync();
            await process.StartAsync();
        }
    }

    private static Task ForEachAsync<T>(IEnumerable<T> items, Func<T, Task> action) =>
        Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancellation }, async (item, _) => await action(item));

    // A number where it is day now: in London, in Los Angeles or in Tokyo.
    private static string NumberByDay(int i) => DateTimeOffset.UtcNow.Hour switch
    {
        >= 9 and < 19 => $"+442079460{i:000}",
        >= 4 and < 9 => $"+8133456{i:0000}",
        _ => $"+1213555{i:0000}",
    };

    private WebhookApiProcess NewProcess(ProviderServer providers) => new(
        _fixture.DatabaseConnection,
        servers.Redis,
        _fixture.Data,
        [
            .. providers.Settings.Select(setting => (setting.Name.Replace(":", "__", StringComparison.Ordinal), setting.Value!)),
            ("JACK_API_KEY", WebhookApiInstance.Key),
            ("Outbound__PollInterval", "00:00:00.1"),
            ("Outbound__ProviderTimeout", "00:00:01"),
            ("Outbound__Lease", "00:00:02"),
            ("Outbound__FirstLookupDelay", "00:00:00.2"),
            ("Outbound__UnknownGrace", "00:00:04"),
            ("Outbound__FirstRetryDelay", "00:00:00.1"),
            ("Outbound__MaxRetryDelay", "00:00:01"),
            ("Outbound__BreakDuration", "00:00:00.5"),
            ("Outbound__MaxCallTime", "00:01:00"),
            ("Outbound__MaxTextsPerLeadAndDay", "1000"),
            ("Outbound__MaxCallsPerLeadAndDay", "100"),
            ("Outbound__CallSpacing", "00:00:00"),
        ]);
}
