using System.Diagnostics;
using System.Net;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.Tests.Realtime.Load;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace JackAutomotive.Tests.Realtime.Failures;

/// <summary>Instances are replaced, one after the other, while events are raised and clients do as they are told.</summary>
public sealed class RollingRestartTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private static readonly TimeSpan s_leastPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_mostPause = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task A_rolling_restart_under_load_loses_nothing_takes_seconds_and_spreads_the_clients_return()
    {
        const int Clients = 60;
        var leads = await fixture.AddLeadsAsync(4);
        RealtimeInstance[] serving = [await fixture.StartInstanceAsync(), await fixture.StartInstanceAsync()];
        await using var appender = new Appender(fixture, leads);
        await using var readers = new Readers();
        var next = 0;
        await readers.AddAsync(
            leads,
            new(() => serving[Interlocked.Increment(ref next) % serving.Length].Address) { Pause = told => told },
            each: Clients / leads.Length);

        foreach (var old in serving.ToArray())
        {
            // As a load balancer does: nobody new is sent to the one that stops.
            serving = [.. serving.Where(instance => instance != old)];
            var opened = readers.Sum(reader => reader.Opened);
            var ended = readers.Sum(reader => reader.Ended);
            var stopping = Stopwatch.StartNew();
            await old.DisposeAsync();
            Assert.True(stopping.Elapsed < TimeSpan.FromSeconds(10), $"the instance took {stopping.Elapsed} to stop");
            serving = [.. serving, await fixture.StartInstanceAsync()];

            var sentAway = readers.Sum(reader => reader.Ended) - ended;
            Assert.InRange(sentAway, 1, Clients);
            await readers.UntilAsync(_ => readers.Sum(reader => reader.Opened) >= opened + sentAway, "all clients to be back");
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
    public async Task Who_comes_to_an_instance_that_is_stopping_is_sent_away_with_503_and_Retry_After()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        using var client = instance.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/stream/conversation/{lead}");
        var lifetime = instance.Services.GetRequiredService<IHostApplicationLifetime>();
        HttpResponseMessage? answer = null;

        // In the moment between the decision to stop and the end of listening.
        lifetime.ApplicationStopping.Register(() => answer = client.Send(request, HttpCompletionOption.ResponseHeadersRead));
        lifetime.StopApplication();

        using var refused = answer!;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, s_leastPause, s_mostPause);
    }

    // Nowhere near all of them in the same half second.
    private static void AssertSpread(List<TimeSpan> retries)
    {
        Assert.All(retries, retry => Assert.InRange(retry, s_leastPause, s_mostPause));
        var fullest = retries.Max(first => retries.Count(retry => retry >= first && retry < first + TimeSpan.FromMilliseconds(500)));
        Assert.True(fullest <= retries.Count / 2, $"{fullest} of {retries.Count} come back within half a second");
    }
}
