using System.Net;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Intake;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace JackAutomotive.Tests.Intake;

public class WebhookHealthTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private const string VoiceStatusPath = "/api/webhooks/twilio/voice/status";

    private WebhookApiInstance Api => fixture.Instance;

    [Fact]
    public async Task Every_webhook_reports_its_health_to_GET_and_HEAD()
    {
        var now = fixture.Time.GetUtcNow();
        var routes = Api.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<WebhookEndpoint>() is not null).ToList();
        Assert.Equal(EveryWebhook.Topics.Order(), routes.Select(route => route.Metadata.GetMetadata<WebhookEndpoint>()!.Topic).Order());

        foreach (var route in routes)
        {
            var path = route.RoutePattern.RawText!;
            var topic = route.Metadata.GetMetadata<WebhookEndpoint>()!.Topic;
            await InsertDeliveryAsync(topic, "pending", now.AddSeconds(-90));
            await InsertDeliveryAsync(topic, "pending", now.AddSeconds(-60));
            await InsertDeliveryAsync(topic, "parked", now.AddSeconds(-30));
            await InsertRejectionAsync(topic, now.AddSeconds(-10));

            var report = await GetReportAsync(path);
            Assert.True((bool)report["configured"]!, path);
            Assert.Equal(now.AddSeconds(-30), (DateTimeOffset)report["lastAccepted"]!);
            Assert.Equal((now.AddSeconds(-10), "missing"), ((DateTimeOffset)report["lastRejected"]!["at"]!, (string?)report["lastRejected"]!["reason"]));
            Assert.Equal((2, 90), ((long)report["backlog"]!["count"]!, (double)report["backlog"]!["oldestAgeSeconds"]!));
            Assert.Equal(now.AddSeconds(-90), (DateTimeOffset)report["backlog"]!["oldestReceivedAt"]!);
            Assert.Equal(1, (long)report["parked"]!);

            using var client = Api.NewClient(key: null);
            using var headRequest = new HttpRequestMessage(HttpMethod.Head, path);
            using var head = await client.SendAsync(headRequest, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, head.StatusCode);
            Assert.Empty(await head.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Requests_for_the_health_of_a_webhook_share_one_query_even_while_Postgres_hangs()
    {
        const string Waiting =
            "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%rejected_deliveries%'";
        await using var api = fixture.Start();
        using var client = api.NewClient(key: null);
        await using var connection = await fixture.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (var command = new NpgsqlCommand("LOCK TABLE rejected_deliveries IN ACCESS EXCLUSIVE MODE", connection, transaction))
        {
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var asking = Enumerable.Range(0, 50).Select(_ => client.GetAsync(
            new Uri(VoiceStatusPath, UriKind.Relative), TestContext.Current.CancellationToken)).ToList();
        await Wait.UntilAsync(async () => await fixture.CountAsync(Waiting) > 0, "the query to wait");
        Assert.Equal(1, await fixture.CountAsync(Waiting));

        // The query has its own time limit, so every request is answered although Postgres hangs.
        foreach (var answer in await Task.WhenAll(asking))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Contains(
                "storage unavailable", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        // A second later, the health is read again.
        await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        await Wait.UntilAsync(
            async () =>
            {
                using var answer = await client.GetAsync(new Uri(VoiceStatusPath, UriKind.Relative), TestContext.Current.CancellationToken);
                return answer.StatusCode == HttpStatusCode.OK;
            },
            "the webhook to be healthy");
    }

    private async Task<JsonNode> GetReportAsync(string path)
    {
        using var client = Api.NewClient(key: null);
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
    }

    private Task<List<long>> InsertDeliveryAsync(string topic, string state, DateTimeOffset at) => fixture.ListAsync<long>("""
        INSERT INTO inbox (source, topic, dedup_key, ordering_key, body, body_hash, headers, state, parked_as, due_at, received_at)
        VALUES ('x', $1, gen_random_uuid()::text, 'x', '', '', '{}', $2, CASE $2 WHEN 'parked' THEN 'exhausted' END, $3, $3) RETURNING id
        """, topic, state, at);

    private Task<List<long>> InsertRejectionAsync(string topic, DateTimeOffset at) => fixture.ListAsync<long>("""
        INSERT INTO rejected_deliveries (source, topic, reason, body_bytes, rejected_at) VALUES ('x', $1, 'missing', 0, $2) RETURNING id
        """, topic, at);
}
