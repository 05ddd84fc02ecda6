using System.Net;
using JackAutomotive.Tests.Fixtures;
using Npgsql;

namespace JackAutomotive.Tests.Realtime.Failures;

/// <summary>Postgres cancels and refuses what the service's loops ask. Streams go on by themselves, and <c>/health</c> tells the truth.</summary>
public sealed class ChaosTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Streams_go_on_after_every_kind_of_refusal_by_Postgres()
    {
        await using var instance = await StartAsync();
        var lead = await fixture.AddLeadAsync();
        await using var one = await instance.WatchAsync(lead);
        await using var many = await instance.WatchManyAsync();
        using var http = instance.NewClient();

        // These events are not published, so only the loops that read Postgres can find them.
        var seq = 0;
        foreach (var sql in new[]
        {
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'chaos'",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'chaos'",
        })
        {
            for (var i = 0; i < 20; i++)
            {
                await fixture.ExecuteAsync(sql);
                await fixture.AppendAsync(lead);
                seq++;
            }

            await one.UntilAsync(seq);
        }

        await Wait.UntilAsync(() => many.Places.Count >= seq, "every event on the stream of all leads");
        await Wait.UntilAsync(async () => await ReadHealthAsync(http) == HttpStatusCode.OK, "a ready service");
    }

    [Fact]
    public async Task Health_is_unready_while_a_loop_cannot_read_and_ready_again_afterwards()
    {
        await using var instance = await StartAsync();
        var lead = await fixture.AddLeadAsync();
        await using var client = await instance.WatchAsync(lead);
        using var http = instance.NewClient();

        await fixture.ExecuteAsync("ALTER TABLE leads RENAME COLUMN last_seq TO hidden_seq");
        try
        {
            await Wait.UntilAsync(async () => await ReadHealthAsync(http) == HttpStatusCode.ServiceUnavailable, "an unready service");
            using var answer = await http.GetAsync("/health", Cancellation);
            var report = await answer.Content.ReadAsStringAsync(Cancellation);
            Assert.Contains("the loop 'sweep' has failed", report, StringComparison.Ordinal);
            Assert.Contains("42703", report, StringComparison.Ordinal);
        }
        finally
        {
            await fixture.ExecuteAsync("ALTER TABLE leads RENAME COLUMN hidden_seq TO last_seq");
        }

        await Wait.UntilAsync(async () => await ReadHealthAsync(http) == HttpStatusCode.OK, "a ready service");
        await fixture.AppendAsync(lead);
        await client.UntilAsync(1);
    }

    private Task<RealtimeInstance> StartAsync()
    {
        var database = new NpgsqlConnectionStringBuilder(fixture.DatabaseConnection) { ApplicationName = "chaos" };
        return RealtimeInstance.StartAsync(database.ConnectionString, fixture.RedisConnection, ("SweepInterval", "00:00:00.200"));
    }

    private static async Task<HttpStatusCode> ReadHealthAsync(HttpClient http)
    {
        using var answer = await http.GetAsync("/health", Cancellation);
        return answer.StatusCode;
    }
}
