using System.Net;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using Npgsql;

namespace JackAutomotive.Tests.Inbox;

/// <summary>Postgres becomes unavailable and comes back.</summary>
public class OutageTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    [Fact]
    public async Task Without_a_spool_a_delivery_is_answered_503_during_an_outage_and_200_if_Postgres_returns_in_time()
    {
        var connection = new NpgsqlConnectionStringBuilder(fixture.DatabaseConnection);
        await using var proxy = new TcpProxy(connection.Host!, connection.Port);
        connection.Host = "127.0.0.1";
        connection.Port = proxy.Port;
        await using var api = fixture.Start(
            ("ConnectionStrings:crm", connection.ConnectionString),
            ("Inbox:ProcessDeliveries", "true"),
            ("Spool:MaxBytes", "0"),
            ("Inbox:AcceptPatience", "00:00:05"));
        var from = IncomingSmsDriver.NewNumber();
        proxy.Cut();

        using (var answer = await api.Sms.Text(from: from).SendAsync(api.Client))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(5), answer.Headers.RetryAfter?.Delta);
            await Problem.AssertAsync(answer, "urn:jack-automotive:problem:storage-unavailable");
        }

        using (var health = await GetAsync(api, "/api/webhooks/twilio/sms/incoming"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        }

        using (var leads = await GetAsync(api, "/api/leads"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, leads.StatusCode);
            await Problem.AssertAsync(leads);
        }

        // Postgres comes back while a request waits.
        var waiting = api.Sms.Text(from: from).SendAsync(api.Client);
        await Wait.UntilAsync(() => api.Logs.Entries.Any(entry => entry.Contains("wait for Postgres", StringComparison.Ordinal)), "the wait for Postgres");
        Assert.False(waiting.IsCompleted);
        proxy.Restore();
        using var late = await waiting;
        Assert.Equal(HttpStatusCode.OK, late.StatusCode);

        await Wait.UntilAsync(
            async () =>
            {
                fixture.Time.Advance(TimeSpan.FromSeconds(1));
                return await fixture.CountAsync("messages WHERE from_number = $1", from) > 0;
            },
            "the worker to handle the text");

        Assert.Equal(["lead_created", "sms_received"], await fixture.ReadEventTypesAsync(from));
    }

    private static Task<HttpResponseMessage> GetAsync(WebhookApiInstance api, string path) =>
        api.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
}
