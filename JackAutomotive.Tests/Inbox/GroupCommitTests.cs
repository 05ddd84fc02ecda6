using System.Diagnostics;
using System.Net;
using System.Text;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Messaging;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace JackAutomotive.Tests.Messaging;

/// <summary>Deliveries that arrive together share a commit, and nothing else.</summary>
public sealed class GroupCommitTests(Servers servers) : IAsyncLifetime
{
    private readonly WebhookApiFixture _fixture = new(servers);

    private WebhookApiInstance Api => _fixture.Instance;

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task Five_hundred_deliveries_at_once_are_each_stored_once_with_far_fewer_commits()
    {
        var sids = Enumerable.Range(0, 500).Select(_ => IncomingSmsDriver.NewSid()).ToList();

        await Task.WhenAll(sids.Select(sid => Api.Sms.Text(sid: sid).DeliverAsync(Api.Client)));

        var stored = await _fixture.ListAsync<string>("SELECT dedup_key FROM inbox");
        Assert.Equal(sids.Select(sid => $"sms:{sid}").Order(StringComparer.Ordinal), stored.Order(StringComparer.Ordinal));
        Assert.Equal(500, Api.Counted("webhook.accepted"));
        Assert.InRange(Api.Counted("inbox.commits"), 1, 250);

        // Rows of one transaction have its number in common.
        Assert.InRange(await _fixture.ReadAsync<long>("SELECT count(DISTINCT xmin::text) FROM inbox"), 1, 250);
    }

    [Fact]
    public async Task A_delivery_that_finds_nothing_under_way_is_written_at_once_in_the_trace_of_its_request()
    {
        await Api.Sms.Text().DeliverAsync(Api.Client);
        await Api.Sms.Text().DeliverAsync(Api.Client);

        Assert.Equal(2, Api.Counted("inbox.commits"));
    }

    [Fact]
    public async Task Each_delivery_of_a_batch_keeps_its_own_trace_and_the_write_belongs_to_the_first_and_is_linked_with_the_others()
    {
        using var spans = new Spans("inbox write");
        var rows = Rows(20);

        await StoreTogetherAsync(rows);

        var parents = await _fixture.ListAsync<string>("SELECT trace_parent FROM inbox ORDER BY id");
        Assert.Equal(rows.Select(row => row.Request!.Id), parents);
        var writes = spans.Of(rows).ToList();
        var reached = writes.SelectMany(write => write.Links.Select(link => link.Context.SpanId).Prepend(write.ParentSpanId));
        Assert.Equal(rows.Select(row => row.Request!.SpanId.ToString()).Order(), reached.Select(id => id.ToString()).Order());
        foreach (var write in writes)
        {
            foreach (var other in write.Links)
            {
                var request = rows.Single(row => row.Request!.SpanId == other.Context.SpanId).Request!;
                Assert.Contains(request.Links, link => link.Context == write.Context);
            }
        }
    }

    [Fact]
    public async Task Of_copies_in_one_batch_the_first_is_stored_and_the_others_are_duplicates_or_conflicts()
    {
        var insert = Api.Services.GetRequiredService<InboxInsert>();
        var (one, two) = (Row("one"), Row("two"));
        await insert.ExecuteAsync([two], TestContext.Current.CancellationToken);

        var acceptances = await insert.ExecuteAsync(
            [one, WithBody(one, "other"), one, WithBody(two, "other"), two, Row("three")],
            TestContext.Current.CancellationToken);

        Assert.Equal(
            [Acceptance.Stored, Acceptance.Conflict, Acceptance.Duplicate, Acceptance.Conflict, Acceptance.Duplicate, Acceptance.Stored],
            acceptances);
        Assert.Equal("one", await _fixture.ReadAsync<string>("SELECT convert_from(body, 'UTF8') FROM inbox WHERE dedup_key = 'one'"));
        Assert.Equal(3, await _fixture.CountAsync("inbox"));
    }

    [Fact]
    public async Task Deliveries_of_a_batch_are_numbered_in_the_order_of_their_arrival_whatever_their_keys()
    {
        var insert = Api.Services.GetRequiredService<InboxInsert>();
        string[] keys = ["m", "z", "a", "q", "b"];

        await insert.ExecuteAsync([.. keys.Select(Row)], TestContext.Current.CancellationToken);

        Assert.Equal(keys, await _fixture.ListAsync<string>("SELECT dedup_key FROM inbox ORDER BY id"));
    }

    [Fact]
    public async Task Batches_with_the_same_events_in_opposite_order_do_not_block_each_other()
    {
        var insert = Api.Services.GetRequiredService<InboxInsert>();
        for (var round = 0; round < 20; round++)
        {
            var rows = Enumerable.Range(0, 100).Select(i => Row($"{round}-{i}")).ToList();
            var both = await Task.WhenAll(
                insert.ExecuteAsync(rows, TestContext.Current.CancellationToken),
                insert.ExecuteAsync([.. rows.AsEnumerable().Reverse()], TestContext.Current.CancellationToken));

            Assert.Equal(100, both.SelectMany(batch => batch).Count(acceptance => acceptance == Acceptance.Stored));
        }
    }

    [Fact]
    public async Task A_row_that_Postgres_refuses_does_not_harm_its_neighbours()
    {
        var rows = Rows(20);
        rows[7] = rows[7] with { Headers = "no JSON" };

        var acceptances = await StoreTogetherAsync(rows);

        Assert.Equal(Acceptance.Unavailable, acceptances[7]);
        Assert.Equal(19, acceptances.Count(acceptance => acceptance == Acceptance.Stored));
        Assert.Equal(19, await _fixture.CountAsync("inbox"));
    }

    [Fact]
    public async Task Beyond_the_bound_deliveries_are_turned_away_with_503_and_Retry_After_and_those_that_wait_ride_the_outage_out()
    {
        var connection = new NpgsqlConnectionStringBuilder(_fixture.DatabaseConnection);
        await using var proxy = new TcpProxy(connection.Host!, connection.Port);
        (connection.Host, connection.Port) = ("127.0.0.1", proxy.Port);
        await using var api = _fixture.Start(
            ("ConnectionStrings:crm", connection.ConnectionString),
            ("Messaging:Writers", "1"),
            ("Messaging:MaxWaitingDeliveries", "10"),
            ("Messaging:AcceptPatience", "00:00:14"));
        proxy.Cut();

        // Ten wait, and some more are in the writer's hands.
        var sending = Enumerable.Range(0, 400).Select(_ => api.Sms.Text().SendAsync(api.Client)).ToList();
        await Wait.UntilAsync(() => api.Counted("webhook.overloaded") > 0, "a delivery to be turned away");
        await Wait.UntilAsync(
            () => sending.Count(task => !task.IsCompleted) + api.Counted("webhook.overloaded") == 400,
            "the others to wait");
        proxy.Restore();
        var answers = await Task.WhenAll(sending);

        var refused = answers.Where(answer => answer.StatusCode == HttpStatusCode.ServiceUnavailable).ToList();
        Assert.Equal(api.Counted("webhook.overloaded"), refused.Count);
        Assert.All(refused, answer => Assert.Equal(TimeSpan.FromSeconds(5), answer.Headers.RetryAfter?.Delta));
        await Problem.AssertAsync(refused[0], "urn:jack-automotive:problem:storage-unavailable");

        var stored = answers.Count(answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.Equal(400 - refused.Count, stored);
        Assert.InRange(stored, 10, 10 + 256);
        Assert.Equal(stored, await _fixture.CountAsync("inbox"));
    }

    [Fact]
    public async Task A_body_beyond_the_bytes_that_may_wait_is_turned_away()
    {
        var large = Row("large") with { Body = new byte[(int)new MessagingOptions().MaxWaitingBytes + 1] };

        Assert.Equal([Acceptance.Unavailable, Acceptance.Stored], await StoreTogetherAsync([large, Row("small")]));
        Assert.Equal(1, Api.Counted("webhook.overloaded"));
    }

    [Fact]
    public async Task What_waits_when_the_service_stops_is_written_and_what_comes_later_is_refused()
    {
        var writer = Api.Services.GetRequiredService<InboxWriter>();
        var waiting = Rows(300).Select(writer.WriteAsync).ToList();

        await writer.StopAsync(TestContext.Current.CancellationToken);

        Assert.All(await Task.WhenAll(waiting), acceptance => Assert.Equal(Acceptance.Stored, acceptance));
        Assert.Equal(300, await _fixture.CountAsync("inbox"));
        Assert.Equal(Acceptance.Unavailable, await writer.WriteAsync(Row("late")));
    }

    private Task<Acceptance[]> StoreTogetherAsync(IEnumerable<InboxRow> rows) =>
        Task.WhenAll(rows.Select(Api.Services.GetRequiredService<InboxWriter>().WriteAsync));

    private List<InboxRow> Rows(int count) => [.. Enumerable.Range(0, count).Select(i => Row($"key-{i}"))];

    private InboxRow Row(string key)
    {
        var body = Encoding.UTF8.GetBytes(key);
        using var request = new Activity("request").Start();
        return new InboxRow(
            "test", "test", key, key, body, Hash(body), "{}", _fixture.Time.GetUtcNow(), request);
    }

    private static InboxRow WithBody(InboxRow row, string body) =>
        row with { Body = Encoding.UTF8.GetBytes(body), BodyHash = Hash(Encoding.UTF8.GetBytes(body)) };

    private static byte[] Hash(byte[] body) => new WebhookBody(body).Hash();

    /// <summary>Finished spans of one name; those of other tests in this process among them.</summary>
    private sealed class Spans : IDisposable
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<Activity> _finished = new();
        private readonly ActivityListener _listener;

        public Spans(string name)
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == "JackAutomotive.WebhookApi",
                Sample = static (ref _) => ActivitySamplingResult.AllData,
                ActivityStopped = span =>
                {
                    if (span.OperationName == name)
                    {
                        _finished.Enqueue(span);
                    }
                },
            };
            ActivitySource.AddActivityListener(_listener);
        }

        /// <summary>Those that have to do with the rows.</summary>
        public IEnumerable<Activity> Of(IReadOnlyCollection<InboxRow> rows)
        {
            var ids = rows.Select(row => row.Request!.SpanId).ToHashSet();
            return _finished.Where(span => ids.Contains(span.ParentSpanId) || span.Links.Any(link => ids.Contains(link.Context.SpanId)));
        }

        public void Dispose() => _listener.Dispose();
    }
}
