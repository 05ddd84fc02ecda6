using System.Diagnostics;
using System.Net;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.Tests.Realtime.Load;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace JackAutomotive.Tests.Realtime.Failures;

/// <summary>Instances are replaced one after the other while events are raised. Clients obey the <c>retry:</c> that the service sends.</summary>
public sealed class RollingRestartTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private static readonly TimeSpan s_minPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_maxPause = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task A_rolling_restart_under_load_loses_no_event_takes_seconds_and_spreads_the_reconnects()
    {
        const int Clients = 60;
        var leads = await fixture.AddLeadsAsync(4);
        RealtimeInstance[] serving = [await fixture.StartInstanceAsync(), await fixture.StartInstanceAsync()];
        await using var appender = new Appender(fixture, leads);
        await using var readers = new Readers();
        var next = 0;
        await readers.AddAsync(
            leads,
            new(() => serving[Interlocked.Increment(ref next) % serving.Length].Address) { Pause = retry => retry },
            each: Clients / leads.Length);

        foreach (var old in serving.ToArray())
        {
            // Like a load balancer, the test sends no new client to the stopping instance.
            serving = [.. serving.Where(instance => instance != old)];
            var openedBefore = readers.Sum(reader => reader.Opened);
            var endedBefore = readers.Sum(reader => reader.Ended);
            var stopping = Stopwatch.StartNew();
            await old.DisposeAsync();
            Assert.True(stopping.Elapsed < TimeSpan.FromSeconds(10), $"the instance took {stopping.Elapsed} to stop");
            serving = [.. serving, await fixture.StartInstanceAsync()];

            var disconnected = readers.Sum(reader => reader.Ended) - endedBefore;
            Assert.InRange(disconnected, 1, Clients);
            await readers.UntilAsync(_ => readers.Sum(reader => reader.Opened) >= openedBefore + disconnected, "all clients to be back");
        }

        await readers.UntilAsync(await appender.StopAsync());
        Assert.Equal(readers.Sum(reader => reader.Opened), Clients + readers.Sum(reader => reader.Ended));
        Assert.All(readers, reader => Assert.Empty(reader.Refusals));
        AssertSpread([.. readers.Where(reader => reader.Ended > 0).Select(reader => reader.Retries[^1])]);
        foreach (var instance in serving)
        {
            await instance.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_stopping_instance_refuses_a_new_stream_with_503_and_Retry_After()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        using var client = instance.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/stream/conversation/{lead}");
        var lifetime = instance.Services.GetRequiredService<IHostApplicationLifetime>();
        HttpResponseMessage? answer = null;

        // The request arrives between the decision to stop and the end of listening.
        lifetime.ApplicationStopping.Register(() => answer = client.Send(request, HttpCompletionOption.ResponseHeadersRead));
        lifetime.StopApplication();

        using var refused = answer!;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, s_minPause, s_maxPause);
    }

    // At most half of the clients reconnect within the same half second.
    private static void AssertSpread(List<TimeSpan> retries)
    {
        Assert.All(retries, retry => Assert.InRange(retry, s_minPause, s_maxPause));
        var fullest = retries.Max(first => retries.Count(retry => retry >= first && retry < first + TimeSpan.FromMilliseconds(500)));
        Assert.True(fullest <= retries.Count / 2, $"{fullest} of {retries.Count} come back within half a second");
    }
}
