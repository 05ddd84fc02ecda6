using System.Net;
using JackAutomotive.Access;
using JackAutomotive.Realtime.Access;
using JackAutomotive.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace JackAutomotive.Tests.Realtime.Access;

/// <summary>Streams of API keys that no longer permit streams.</summary>
public sealed class KeyRevocationTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private static readonly (string, string) s_often = ("KeyCheckInterval", "00:00:00.100");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("UPDATE api_keys SET revoked_at = now() WHERE key_hash = $1", HttpStatusCode.Unauthorized)]
    [InlineData("UPDATE api_keys SET expires_at = now() WHERE key_hash = $1", HttpStatusCode.Unauthorized)]
    [InlineData("DELETE FROM api_keys WHERE key_hash = $1", HttpStatusCode.Unauthorized)]
    [InlineData("UPDATE api_keys SET scopes = '{write,admin}' WHERE key_hash = $1", HttpStatusCode.Forbidden)]
    public async Task Both_kinds_of_stream_end_on_every_instance_when_their_key_no_longer_permits_them(string change, HttpStatusCode afterwards)
    {
        await using var instanceA = await fixture.StartInstanceAsync(s_often);
        await using var instanceB = await fixture.StartInstanceAsync(s_often);
        var lead = await fixture.AddLeadAsync();
        var key = await fixture.AddNamedReadKeyAsync("partner");
        await using var oneLead = await SseClient.OpenAsync(instanceA, lead, key: key);
        await using var manyLeads = await SseClient.OpenAsync(instanceB, "/api/stream/conversations", key: key);
        await using var other = await instanceA.WatchAsync(lead);
        await Wait.UntilAsync(() => (CountOf(instanceA), CountOf(instanceB)) == (2, 1), "the streams to be checked");
        var firstRetry = oneLead.Retry;

        await fixture.ExecuteAsync(change, ApiKey.HashOf(key));

        Assert.True(await oneLead.Ended, "the stream of one lead broke off");
        Assert.True(await manyLeads.Ended, "the stream of many leads broke off");
        Assert.NotEqual(firstRetry, oneLead.Retry);
        foreach (var instance in new[] { instanceA, instanceB })
        {
            using var client = instance.NewClient(key);
            using var answer = await client.GetAsync(new Uri($"/api/stream/conversation/{lead}", UriKind.Relative), Cancellation);
            Assert.Equal(afterwards, answer.StatusCode);
        }

        await fixture.RaiseAsync(lead);
        await other.UntilAsync(1);
        await Wait.UntilAsync(() => (CountOf(instanceA), CountOf(instanceB)) == (1, 0), "the ended streams to be forgotten");
    }

    [Fact]
    public async Task A_key_that_expires_while_its_stream_is_open_ends_the_stream()
    {
        await using var instance = await fixture.StartInstanceAsync(s_often);
        var lead = await fixture.AddLeadAsync();
        var key = await fixture.AddNamedReadKeyAsync("guest");
        await fixture.ExecuteAsync(
            "UPDATE api_keys SET expires_at = now() + interval '1 hour' WHERE key_hash = $1", ApiKey.HashOf(key));
        await using var stream = await SseClient.OpenAsync(instance, lead, key: key);

        await fixture.ExecuteAsync("UPDATE api_keys SET expires_at = now() + interval '1 second' WHERE key_hash = $1", ApiKey.HashOf(key));

        Assert.True(await stream.Ended);
    }

    [Fact]
    public async Task Streams_continue_while_Postgres_cannot_say_whether_their_key_is_valid()
    {
        var database = new NpgsqlConnectionStringBuilder(fixture.DatabaseConnection);
        await using var proxy = new TcpProxy(database.Host!, database.Port);
        database.Host = "127.0.0.1";
        database.Port = proxy.Port;
        using var logs = new LogCollector();
        await using var instance = RealtimeInstance.StartWithoutRedis(
            database.ConnectionString,
            fixture.RedisConnection,
            services => services.AddSingleton<ILoggerProvider>(logs),
            s_often);
        await instance.WaitForRedisAsync(up: true);
        var lead = await fixture.AddLeadAsync();
        var key = await fixture.AddNamedReadKeyAsync("patient");
        await using var stream = await SseClient.OpenAsync(instance, lead, key: key);

        proxy.Cut();
        await fixture.ExecuteAsync("UPDATE api_keys SET revoked_at = now() WHERE key_hash = $1", ApiKey.HashOf(key));
        await Wait.UntilAsync(
            () => logs.Entries.Any(entry => entry.Contains("The loop 'key revocation' failed", StringComparison.Ordinal)),
            "a failed check");
        Assert.False(stream.Ended.IsCompleted);

        proxy.Restore();
        Assert.True(await stream.Ended, "the stream broke off");
    }

    [Fact]
    public async Task A_stream_that_the_client_closes_is_no_longer_checked()
    {
        await using var instance = await fixture.StartInstanceAsync(s_often);
        await (await instance.WatchAsync(await fixture.AddLeadAsync())).DisposeAsync();

        await Wait.UntilAsync(() => CountOf(instance) == 0, "the stream to be forgotten");
    }

    private static int CountOf(RealtimeInstance instance) => instance.Services.GetRequiredService<KeyRevocation>().Count;
}
