using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace JackAutomotive.Tests.AppHost;

/// <summary>The product as a whole: the real AppHost, real processes and signed webhooks. The test timeout bounds every wait.</summary>
[Collection(SharedSystemTests.Name)]
public sealed class AppHostTests(SharedSystem shared)
{
    private const int Timeout = 180_000;

    [Fact(Timeout = Timeout)]
    public async Task A_text_reaches_watchers_on_both_replicas_and_a_killed_replica_loses_nothing()
    {
        var cancelled = TestContext.Current.CancellationToken;
        var system = shared.System;

        await system.SendTextAsync("+12025550142", "Is the blue one still there?", cancelled);
        var lead = await system.LeadOfAsync("+12025550142", cancelled);
        var watchers = await Watcher.OpenOnEveryReplicaAsync(system, lead, replicas: 2, cancelled);

        // Each stream replays lead_created and sms_received and then delivers the second text live.
        await system.SendTextAsync("+12025550142", "And the red one?", cancelled);
        foreach (var watcher in watchers)
        {
            await watcher.ReadToAsync(3);
            Assert.Equal([1, 2, 3], watcher.Seqs);
            Assert.Equal(["lead_created", "sms_received", "sms_received"], watcher.Types);
        }

        var instances = await system.InstancesOfAsync("realtime", 2, cancelled);
        using (var victim = Process.GetProcessById(RunningSystem.Pid(instances[0])!.Value))
        {
            victim.Kill();
        }

        await system.Resources.WaitForResourceAsync(
            "realtime",
            change => change.ResourceId == instances[0].ResourceId && KnownResourceStates.TerminalStates.Contains(change.Snapshot.State?.Text),
            cancelled);

        // One stream ended with its replica. The other stream continues.
        await system.SendTextAsync("+12025550142", "Hello?", cancelled);
        var alive = await FirstToReachAsync(watchers, 4);
        var dead = watchers.Single(watcher => watcher != alive);
        await dead.ReadToEndAsync();

        await using var back = await Watcher.OpenAsync(system.NewClient("realtime"), lead, dead.Seqs[^1], cancelled);
        await back.ReadToAsync(4);
        Assert.Equal([1, 2, 3, 4], dead.Seqs.Concat(back.Seqs));

        var restarted = await system.App.ResourceCommands.ExecuteCommandAsync(instances[0].ResourceId, KnownResourceCommands.StartCommand, cancelled);
        Assert.True(restarted.Success, restarted.Message);
        await system.Resources.WaitForResourceAsync(
            "realtime",
            change => change.ResourceId == instances[0].ResourceId && change.Snapshot.HealthStatus is Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy,
            cancelled);

        foreach (var watcher in watchers)
        {
            await watcher.DisposeAsync();
        }
    }

    [Fact(Timeout = Timeout)]
    public async Task A_call_played_by_the_simulator_becomes_a_lead_with_a_transcript()
    {
        var cancelled = TestContext.Current.CancellationToken;
        var system = shared.System;
        using var simulator = system.NewClient("provider-simulator");
        using var api = system.NewClient("webhook-api");

        using var played = await simulator.PostAsJsonAsync("/commands/play-call", new { from = "+12025550146" }, cancelled);
        played.EnsureSuccessStatusCode();

        var id = await system.LeadOfAsync("+12025550146", cancelled);
        var lead = await api.GetFromJsonAsync<JsonElement>($"/api/leads/{id}", cancelled);
        Assert.NotEqual(0, lead.GetProperty("conversations")[0].GetProperty("turns").GetArrayLength());

        // Without an account and without settings, the AppHost configures all seven webhooks.
        using var live = await simulator.PostAsJsonAsync("/commands/play-live-call", new { scenario = "trade-in", seconds = 0 }, cancelled);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
    }

    [Fact(Timeout = Timeout)]
    public async Task Two_systems_run_side_by_side_and_share_nothing()
    {
        var cancelled = TestContext.Current.CancellationToken;
        var both = await Task.WhenAll(RunningSystem.StartAsync(cancelled), RunningSystem.StartAsync(cancelled));
        await using var first = both[0];
        await using var second = both[1];

        Assert.NotEqual(
            await first.App.GetConnectionStringAsync("crm", cancelled),
            await second.App.GetConnectionStringAsync("crm", cancelled));

        await first.SendTextAsync("+12025550143", "Only in the first.", cancelled);
        await first.LeadOfAsync("+12025550143", cancelled);

        using var api = second.NewClient("webhook-api");
        Assert.DoesNotContain("+12025550143", await api.GetStringAsync("/api/leads", cancelled), StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_webhook_with_a_wrong_signature_an_unknown_route_and_a_missing_key_are_refused()
    {
        var cancelled = TestContext.Current.CancellationToken;
        var system = shared.System;
        using var anonymous = system.App.CreateHttpClient("webhook-api");

        using var form = new FormUrlEncodedContent([new("MessageSid", "SM00000000000000000000000000000000"), new("From", "+12025550144")]);
        form.Headers.Add("X-Twilio-Signature", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        using var wrong = await anonymous.PostAsync("/api/webhooks/twilio/sms/incoming", form, cancelled);
        Assert.Equal(HttpStatusCode.Forbidden, wrong.StatusCode);
        Assert.Equal("application/problem+json", wrong.Content.Headers.ContentType?.MediaType);

        using var unknown = await anonymous.GetAsync("/api/no-such-thing", cancelled);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal("application/problem+json", unknown.Content.Headers.ContentType?.MediaType);
        Assert.Contains("GET /api/no-such-thing", await unknown.Content.ReadAsStringAsync(cancelled), StringComparison.Ordinal);

        using var keyless = await anonymous.GetAsync("/api/leads", cancelled);
        Assert.Equal(HttpStatusCode.Unauthorized, keyless.StatusCode);
    }

    private static async Task<Watcher> FirstToReachAsync(IReadOnlyList<Watcher> watchers, long seq)
    {
        var reads = watchers.ToDictionary(watcher => watcher.ReadToAsync(seq));
        while (reads.Count > 0)
        {
            var done = await Task.WhenAny(reads.Keys);
            if (done.IsCompletedSuccessfully)
            {
                return reads[done];
            }

            reads.Remove(done);
        }

        throw new Xunit.Sdk.XunitException($"no stream reached event {seq}");
    }
}
