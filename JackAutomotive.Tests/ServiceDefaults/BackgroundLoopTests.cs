using System.Net;
using System.Text.Json;
using JackAutomotive.Tests.Fixtures;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace JackAutomotive.Tests.ServiceDefaults;

/// <summary>No failure ends a background loop, and a loop that does not work is visible.</summary>
public sealed class BackgroundLoopTests : IDisposable
{
    private static readonly BackgroundLoopLimits s_quick = new() { MaxDelay = TimeSpan.FromMilliseconds(20) };

    private readonly LogCollector _logs = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task A_failed_round_is_repeated_without_waiting_for_work_again_until_it_succeeds()
    {
        await using var app = await StartAsync();
        var (waits, rounds) = (0, 0);
        using var stop = new CancellationTokenSource();

        await CreateLoop(app, s_quick).RunAsync(
            _ => ValueTask.FromResult(++waits <= 2),
            _ => ++rounds < 5 ? throw new InvalidOperationException("broken on purpose") : Task.CompletedTask,
            stop.Token);

        Assert.Equal((3, 6), (waits, rounds));
        Assert.Equal(4, _logs.Entries.Count(entry => entry.Contains("BackgroundLoopFailed", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_wait_that_fails_does_not_end_the_loop()
    {
        await using var app = await StartAsync();
        var (waits, rounds) = (0, 0);

        await CreateLoop(app, s_quick).RunAsync(
            _ => ++waits == 1 ? throw new ObjectDisposedException("a timer") : ValueTask.FromResult(waits == 2),
            _ => Task.FromResult(++rounds),
            CancellationToken.None);

        Assert.Equal((3, 1), (waits, rounds));
    }

    [Fact]
    public async Task A_loop_that_keeps_failing_makes_health_unready_with_its_name_and_reason_until_it_recovers()
    {
        await using var app = await StartAsync();
        var isBroken = true;
        using var stop = new CancellationTokenSource();
        var running = CreateLoop(app, s_quick).RunAsync(
            async token =>
            {
                await Task.Yield();
                return !token.IsCancellationRequested;
            },
            async token =>
            {
                await Task.Delay(1, token);
                if (Volatile.Read(ref isBroken))
                {
                    throw new InvalidOperationException("broken on purpose");
                }
            },
            stop.Token);

        await Wait.UntilAsync(async () => (await ReadHealthAsync(app)).Status == HttpStatusCode.ServiceUnavailable, "an unready service");
        var (_, status, text) = await ReadHealthAsync(app);
        Assert.Equal("Unhealthy", status);
        Assert.Contains("the loop 'test' has failed", text, StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException: broken on purpose", text, StringComparison.Ordinal);
        await Wait.UntilAsync(() => CountLogs("Error", "BackgroundLoopUnhealthy") == 1, "the alert");

        Volatile.Write(ref isBroken, false);
        await Wait.UntilAsync(async () => (await ReadHealthAsync(app)).Status == HttpStatusCode.OK, "a ready service");
        await Wait.UntilAsync(() => CountLogs("Information", "BackgroundLoopHealthy") == 1, "the end of the alert");
        Assert.Equal(1, CountLogs("Error", "BackgroundLoopUnhealthy"));

        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_loop_of_housekeeping_that_keeps_failing_only_degrades_health()
    {
        await using var app = await StartAsync();
        using var stop = new CancellationTokenSource();
        var running = CreateLoop(app, s_quick with { IsEssential = false }).RunUntilDoneAsync(
            _ => throw new TimeoutException("no answer"), stop.Token);

        await Wait.UntilAsync(async () => (await ReadHealthAsync(app)).LoopStatus == "Degraded", "a degraded service");
        Assert.Equal(HttpStatusCode.OK, (await ReadHealthAsync(app)).Status);

        await stop.CancelAsync();
        await running;
        Assert.Equal("Healthy", (await ReadHealthAsync(app)).LoopStatus);
    }

    [Fact]
    public async Task A_round_without_a_sign_of_life_is_stuck_and_one_with_signs_is_not()
    {
        await using var app = await StartAsync();
        var limits = new BackgroundLoopLimits { RoundLimit = TimeSpan.FromMilliseconds(1), IsEssential = false };
        var loop = CreateLoop(app, limits);
        var hang = new TaskCompletionSource();
        var running = loop.RunUntilDoneAsync(_ => hang.Task, CancellationToken.None);

        await Wait.UntilAsync(
            async () => (await ReadHealthAsync(app)).Text.Contains("the loop 'test' is stuck", StringComparison.Ordinal), "a stuck loop");
        Assert.Equal("Unhealthy", (await ReadHealthAsync(app)).LoopStatus);
        hang.SetResult();
        await running;

        var lively = CreateLoop(app, limits with { RoundLimit = TimeSpan.FromMinutes(1) });
        await lively.RunUntilDoneAsync(
            async _ =>
            {
                lively.Beat();
                Assert.Equal("Healthy", (await ReadHealthAsync(app)).LoopStatus);
            },
            CancellationToken.None);
    }

    [Fact]
    public async Task A_loop_on_a_timer_is_stuck_without_a_round_and_a_loop_that_waits_for_work_may_wait_for_ever()
    {
        await using var app = await StartAsync();
        using var stop = new CancellationTokenSource();
        var never = new TaskCompletionSource<bool>();
        var waiting = CreateLoop(app, s_quick).RunAsync(
            async token => await never.Task.WaitAsync(token), _ => Task.CompletedTask, stop.Token);

        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal("Healthy", (await ReadHealthAsync(app)).LoopStatus);

        var onTimer = CreateLoop(app, s_quick with { Interval = TimeSpan.FromSeconds(5), RoundLimit = TimeSpan.FromSeconds(10) }).RunAsync(
            async token => await never.Task.WaitAsync(token), _ => Task.CompletedTask, stop.Token);
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal("Healthy", (await ReadHealthAsync(app)).LoopStatus);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains("is stuck: no round for 16 s", (await ReadHealthAsync(app)).Text, StringComparison.Ordinal);

        await stop.CancelAsync();
        await Task.WhenAll(waiting, onTimer);
    }

    [Fact]
    public async Task A_thread_that_ends_its_loop_without_intent_is_dead()
    {
        await using var app = await StartAsync();
        var loop = CreateLoop(app, s_quick);
        loop.Begin();
        loop.End(isIntended: false);

        var (status, loopStatus, text) = await ReadHealthAsync(app);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy"), (status, loopStatus));
        Assert.Contains("the loop 'test' has ended", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_ends_a_loop_at_once_even_while_it_waits_after_a_failure()
    {
        await using var app = await StartAsync();
        using var stop = new CancellationTokenSource();
        var running = CreateLoop(app, new BackgroundLoopLimits { MaxDelay = TimeSpan.FromDays(1) }).RunUntilDoneAsync(
            _ => throw new TimeoutException(), stop.Token);

        await Wait.UntilAsync(() => CountLogs("Warning", "BackgroundLoopFailed") >= 3, "some failures");
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public void Delays_grow_up_to_the_maximum_and_vary()
    {
        var loop = TestLoops.Create().Create("test", new BackgroundLoopLimits { MaxDelay = TimeSpan.FromSeconds(3) });

        Assert.Equal(TimeSpan.FromMilliseconds(100), loop.ComputeDelay(1, 1));
        Assert.Equal(TimeSpan.FromMilliseconds(50), loop.ComputeDelay(1, 0));
        Assert.Equal(TimeSpan.FromMilliseconds(400), loop.ComputeDelay(3, 1));
        Assert.Equal(TimeSpan.FromSeconds(3), loop.ComputeDelay(int.MaxValue, 1));
        Assert.Equal(TimeSpan.FromSeconds(1.5), loop.ComputeDelay(100, 0));
    }

    [Fact]
    public async Task A_service_that_a_failed_background_service_stops_says_which_one_and_why()
    {
        await using var app = await StartAsync(services => services.AddHostedService<FaultyService>());

        await Wait.UntilAsync(
            () => _logs.Entries.Any(entry => entry.StartsWith("Critical", StringComparison.Ordinal)
                && entry.Contains("FaultyService has failed", StringComparison.Ordinal)
                && entry.Contains("InvalidOperationException: broken on purpose", StringComparison.Ordinal)),
            "the reason of the stop");
    }

    private async Task<RunningApp> StartAsync(Action<IServiceCollection>? services = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders().AddProvider(_logs).SetMinimumLevel(LogLevel.Information);
        builder.AddServiceDefaults();
        builder.Services.AddSingleton<TimeProvider>(_time);
        services?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        return await RunningApp.StartAsync(app);
    }

    private static BackgroundLoop CreateLoop(RunningApp app, BackgroundLoopLimits limits) =>
        app.Services.GetRequiredService<BackgroundLoops>().Create("test", limits);

    private int CountLogs(string level, string eventName) => _logs.Entries.Count(
        entry => entry.StartsWith(level, StringComparison.Ordinal) && entry.EndsWith(eventName, StringComparison.Ordinal));

    private static async Task<(HttpStatusCode Status, string LoopStatus, string Text)> ReadHealthAsync(RunningApp app)
    {
        using var client = new HttpClient { BaseAddress = app.Address };
        using var answer = await client.GetAsync("/health", TestContext.Current.CancellationToken);
        var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var loops = json.RootElement.GetProperty("checks").GetProperty("loops");
        return (answer.StatusCode, loops.GetProperty("status").GetString()!, loops.GetProperty("description").GetString()!);
    }

    private sealed class FaultyService(IHostApplicationLifetime lifetime) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task;
            throw new InvalidOperationException("broken on purpose");
        }
    }
}
