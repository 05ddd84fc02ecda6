using System.Net;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Streams;

/// <summary>The streams of a lead that was merged into another lead.</summary>
public sealed class MergedLeadTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Streams_of_the_lead_that_is_gone_end_with_the_event_that_names_the_lead_that_stays(bool isPublished)
    {
        await using var instance = await fixture.StartInstanceAsync(("SweepInterval", isPublished ? "00:10:00" : "00:00:00.100"));
        var (stays, gone) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        await using var ofGone = await instance.WatchAsync(gone);
        await using var ofStays = await instance.WatchAsync(stays);
        await fixture.RaiseAsync(gone);
        await ofGone.UntilAsync(1);

        await MergeAsync(stays, gone, isPublished);

        Assert.True(await ofGone.Ended.WaitAsync(TimeSpan.FromSeconds(30), Cancellation), "the stream broke off");
        Assert.Equal(["sms_received", "lead_merged_into"], ofGone.Events.Select(item => item.EventType));
        var data = JsonDocument.Parse(ofGone.Events[^1].Data).RootElement.GetProperty("data");
        Assert.Equal(stays.Value, data.GetProperty("mergedInto").GetGuid());

        await fixture.RaiseAsync(stays);
        await ofStays.UntilAsync(1);
        Assert.False(ofStays.Ended.IsCompleted);
    }

    [Fact]
    public async Task A_later_request_is_answered_410_and_names_the_lead_that_stays()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var (first, second, third) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        await MergeAsync(second, first, isPublished: false);
        await MergeAsync(third, second, isPublished: false);
        using var client = instance.NewClient();

        using var answer = await client.GetAsync($"/api/stream/conversation/{first}", Cancellation);

        Assert.Equal(HttpStatusCode.Gone, answer.StatusCode);
        var problem = await Problem.AssertAsync(answer, "urn:jack-automotive:problem:lead-merged");
        Assert.Equal(third.Value, (Guid)problem["mergedInto"]!);
    }

    [Fact]
    public async Task After_an_undo_the_lead_can_be_watched_again()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var (stays, gone) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        await using (var watcher = await instance.WatchAsync(gone))
        {
            await MergeAsync(stays, gone, isPublished: true);
            Assert.True(await watcher.Ended.WaitAsync(TimeSpan.FromSeconds(30), Cancellation), "the stream broke off");
        }

        await fixture.ExecuteAsync("UPDATE lead_merges SET undone_at = now(), undone_by = 'test' WHERE gone_id = $1", gone.Value);
        await fixture.ExecuteAsync("INSERT INTO leads (id, last_seq, created_at, updated_at) VALUES ($1, 1, now(), now())", gone.Value);
        await Wait.UntilAsync(() => instance.WatchedLeadCount == 0, "the old feed to close");
        await using var again = await instance.WatchAsync(gone);
        await fixture.RaiseAsync(gone, type: LeadEventTypes.LeadMergeUndone);

        await again.UntilAsync(2);
        Assert.False(again.Ended.IsCompleted);
    }

    // As the merge does it: the last event, and then the lead leaves its table.
    private async Task MergeAsync(LeadId stays, LeadId gone, bool isPublished)
    {
        var data = $$"""{"mergeId":"{{Guid.NewGuid()}}","mergedInto":"{{stays}}","mergedBy":"test","reason":null}""";
        var last = await fixture.AppendAsync(gone, data, type: LeadEventTypes.LeadMergedInto);
        await fixture.ExecuteAsync(
            """
            INSERT INTO lead_merges (id, gone_id, stays_id, gone_lead, stays_lead, row_counts, merged_by, merged_at)
            VALUES (gen_random_uuid(), $1, $2, '{}', '{}', '{}', 'test', now())
            """,
            gone.Value,
            stays.Value);
        await fixture.ExecuteAsync("DELETE FROM leads WHERE id = $1", gone.Value);
        if (isPublished)
        {
            await fixture.PublishAsync(last);
        }
    }
}
