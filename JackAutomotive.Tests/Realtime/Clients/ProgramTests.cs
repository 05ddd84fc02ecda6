using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Architecture;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Clients;

/// <summary>Streams read by programs: npm's eventsource, curl and .NET's own parser.</summary>
public sealed class ProgramTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    [Fact]
    public async Task The_npm_eventsource_resumes_by_itself_after_a_stop_and_a_crash_of_the_service()
    {
        await using var service = Resumption.NewService(fixture);
        await service.StartAsync();
        var lead = await fixture.AddLeadAsync();
        var script = Path.Combine(Checkout.Root, "JackAutomotive.Tests", "Realtime", "Clients", "eventsource.cjs");
        await using var node = ClientProgram.Start(
            "node",
            [script, new Uri(service.Addresses[0], PathOf(lead)).AbsoluteUri, RealtimeFixture.Key],
            ("NODE_PATH", Path.Combine(await ClientProgram.FindAsync("eventsource"), "node_modules")));
        await node.UntilAsync(() => node.Lines.Count > 0, "ready");

        await Resumption.AssertAsync(fixture, service, lead, () =>
        [
            .. node.Lines.Select(line => JsonDocument.Parse(line).RootElement)
                .Where(e => e.GetProperty("type").GetString() == LeadEventTypes.SmsReceived)
                .Select(e => long.Parse(e.GetProperty("id").GetString()!)),
        ]);
        Assert.Equal(3, node.Lines.Count(line => line.Contains("\"type\":\"ready\"", StringComparison.Ordinal)));
        Assert.Contains($"\"data\":{{\"leadId\":\"{lead}\",\"seq\":5,", node.Lines[^1]);
    }

    [Fact]
    public async Task Curl_prints_each_event_as_it_happens()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        await using var curl = ClientProgram.Start(
            "curl",
            ["-sSN", "-H", $"Authorization: Bearer {RealtimeFixture.Key}", new Uri(instance.Address, PathOf(lead)).AbsoluteUri]);
        await curl.UntilAsync(() => curl.Lines.Contains("event: ready"), "ready");

        for (var i = 1; i <= 3; i++)
        {
            await fixture.RaiseAsync(lead);
            await curl.UntilAsync(() => curl.Lines.Contains($"id: {i}") && curl.Lines[^1].Length == 0, $"event {i}");
        }

        Assert.Equal(["id: 0", "id: 1", "id: 2", "id: 3"], curl.Lines.Where(line => line.StartsWith("id: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_dotnet_parser_yields_the_event_id_and_the_retry_time_to_resume_with()
    {
        var stopped = await fixture.StartInstanceAsync();
        await using var other = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        await using var first = await stopped.WatchAsync(lead);
        await fixture.RaiseAsync(lead);
        await fixture.RaiseAsync(lead);
        await first.UntilAsync(2);

        await stopped.DisposeAsync();
        await fixture.RaiseAsync(lead);

        Assert.True(await first.Ended, "the stream broke off");
        Assert.InRange(first.Retry, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
        await using var second = await other.WatchAsync(lead, long.Parse(first.LastEventId));
        await second.UntilAsync(3);
        Assert.Equal([1L, 2L], first.Seqs);
        Assert.Equal([3L], second.Seqs);
        Assert.Equal("3", second.LastEventId);
    }

    private static string PathOf(LeadId lead) => $"/api/stream/conversation/{lead}";
}
