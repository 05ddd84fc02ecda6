using System.Diagnostics;
using System.Net;
using System.Text;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace JackAutomotive.Tests.Inbox;

/// <summary>Deliveries that arrive together share a commit. Each delivery keeps its own outcome and its own trace.</summary>
public sealed class GroupCommitTests(Servers servers) : IAsyncLifetime
{
    private readonly WebhookApiFixture _fixture = new(servers);

    private WebhookApiInstance Api => _fixture.Instance;

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task Five_hundred_simultaneous_deliveries_are_each_stored_once_in_at_most_250_commits()
    {
        var sids = Enumerable.Range(0, 500).Select(_ => IncomingSmsDriver.NewSid()).ToList();

        await Task.WhenAll(sids.Select(sid => Api.Sms.Text(sid: sid).DeliverAsync(Api.Client)));

        var stored = await _fixture.ListAsync<string>("SELECT dedup_key FROM inbox");
        Assert.Equal(sids.Select(sid => $"sms:{sid}").Order(StringComparer.Ordinal), stored.Order(StringComparer.Ordinal));
        Assert.Equal(500, Api.ReadCounter("webhook.accepted"));
        Assert.InRange(Api.ReadCounter("inbox.commits"), 1, 250);

        // xmin is the id of the transaction that inserted the row.
        Assert.InRange(await _fixture.ReadAsync<long>("SELECT count(DISTINCT xmin::text) FROM inbox"), 1, 250);
    }

    [Fact]
    public async Task A_delivery_that_arrives_alone_has_its_own_commit()
    {
        await Api.Sms.Text().DeliverAsync(Api.Client);
        await Api.Sms.Text().DeliverAsync(Api.Client);

        Assert.Equal(2, Api.ReadCounter("inbox.commits"));
    }

    [Fact]
    public async Task Each_delivery_of_a_batch_keeps_its_trace_and_the_write_span_refers_to_every_request()
    {
        using var spans = new Spans("inbox write");
        var rows = Rows(20);

        await StoreTogetherAsync(rows);

        var parents = await _fixture.ListAsync<string>("SELECT trace_parent FROM inbox ORDER BY id");
        Assert.Equal(rows.Select(row => row.Request!.Id), parents);
        var writes = spans.FindByRequests(rows).ToList();
        var requestIds = writes.SelectMany(write => write.Links.Select(link => link.Context.SpanId).Prepend(write.ParentSpanId));
        Assert.Equal(rows.Select(row => row.Request!.SpanId.ToString()).Order(), requestIds.Select(id => id.ToString()).Order());
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
    public async Task The_first_copy_in_a_batch_is_stored_and_later_copies_are_duplicates_or_conflicts()
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
    public async Task Deliveries_of_a_batch_have_ids_in_arrival_order()
    {
        var insert = Api.Services.GetRequiredService<InboxInsert>();
        string[] keys = ["m", "z", "a", "q", "b"];

        await insert.ExecuteAsync([.. keys.Select(Row)], TestContext.Current.CancellationToken);

        Assert.Equal(keys, await _fixture.ListAsync<string>("SELECT dedup_key FROM inbox ORDER BY id"));
    }

    [Fact]
    public async Task Concurrent_batches_of_the_same_deliveries_in_opposite_order_do_not_deadlock()
    {
        var insert = Api.Services.GetRequiredService<InboxInsert>();
        for (var round = 0; round < 20; round++)
        {
            var rows = Enumerable.Range(0, 100).Select(i => Row($"{round}-{i}")).ToList();
            var results = await Task.WhenAll(
                insert.ExecuteAsync(rows, TestContext.Current.CancellationToken),
                insert.ExecuteAsync([.. rows.AsEnumerable().Reverse()], TestContext.Current.CancellationToken));

            Assert.Equal(100, results.SelectMany(batch => batch).Count(acceptance => acceptance == Acceptance.Stored));
        }
    }

    [Fact]
    public async Task A_row_that_Postgres_blames_is_kept_and_the_other_rows_of_its_batch_are_stored()
    {
        var rows = Rows(20);
        rows[7] = rows[7] with { Headers = "no JSON" };

        var acceptances = await StoreTogetherAsync(rows);

        Assert.Equal(Acceptance.Kept, acceptances[7]);
        Assert.Equal(19, acceptances.Count(acceptance => acceptance == Acceptance.Stored));
        Assert.Equal(19, await _fixture.CountAsync("inbox"));
    }

    [Fact]
    public async Task Without_a_spool_deliveries_beyond_the_waiting_limit_are_answered_503_and_waiting_ones_are_stored_after_the_outage()
    {
        var connection = new NpgsqlConnectionStringBuilder(_fixture.DatabaseConnection);
        await using var proxy = new TcpProxy(connection.Host!, connection.Port);
        (connection.Host, connection.Port) = ("127.0.0.1", proxy.Port);
        await using var api = _fixture.Start(
            ("ConnectionStrings:crm", connection.ConnectionString),
            ("Inbox:Writers", "1"),
            ("Inbox:MaxWaitingDeliveries", "10"),
            ("Inbox:AcceptPatience", "00:00:14"),
            ("Spool:MaxBytes", "0"));
        proxy.Cut();

        // Ten deliveries wait, and the writer already holds a batch of other deliveries.
        var sending = Enumerable.Range(0, 400).Select(_ => api.Sms.Text().SendAsync(api.Client)).ToList();
        await Wait.UntilAsync(() => api.ReadCounter("webhook.overloaded") > 0, "a delivery to be rejected");
        await Wait.UntilAsync(
            () => sending.Count(task => !task.IsCompleted) + api.ReadCounter("webhook.overloaded") == 400,
            "the other deliveries to wait");
        proxy.Restore();
        var answers = await Task.WhenAll(sending);

        var rejected = answers.Where(answer => answer.StatusCode == HttpStatusCode.ServiceUnavailable).ToList();
        Assert.Equal(api.ReadCounter("webhook.overloaded"), rejected.Count);
        Assert.All(rejected, answer => Assert.Equal(TimeSpan.FromSeconds(5), answer.Headers.RetryAfter?.Delta));
        await Problem.AssertAsync(rejected[0], "urn:jack-automotive:problem:storage-unavailable");

        var stored = answers.Count(answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.Equal(400 - rejected.Count, stored);
        Assert.InRange(stored, 10, 10 + 256);
        Assert.Equal(stored, await _fixture.CountAsync("inbox"));
    }

    [Fact]
    public async Task Without_a_spool_a_body_larger_than_the_limit_of_waiting_bytes_is_rejected()
    {
        await using var api = _fixture.Start(("Spool:MaxBytes", "0"));
        var large = Row("large") with { Body = new byte[(int)new InboxOptions().MaxWaitingBytes + 1] };

        Assert.Equal([Acceptance.Overloaded, Acceptance.Stored], await StoreTogetherAsync([large, Row("small")], api));
        Assert.Equal(1, api.ReadCounter("webhook.overloaded"));
    }

    [Theory]
    [InlineData("hangs")]
    [InlineData("is away")]
    public async Task Deliveries_beyond_the_waiting_limit_go_to_the_spool_at_once(string state)
    {
        var connection = new NpgsqlConnectionStringBuilder(_fixture.DatabaseConnection);
        await using var proxy = new TcpProxy(connection.Host!, connection.Port);
        (connection.Host, connection.Port) = ("127.0.0.1", proxy.Port);
        await using var api = _fixture.Start(
            ("ConnectionStrings:crm", connection.ConnectionString),
            ("Inbox:MaxWaitingDeliveries", "10"),
            ("Inbox:AcceptPatience", "00:00:14"));
        await api.Sms.Text().DeliverAsync(api.Client);
        Action interrupt = state == "hangs" ? proxy.Pause : proxy.Cut;
        interrupt();

        var answers = await Task.WhenAll(Enumerable.Range(0, 400).Select(_ => api.Sms.Text().SendAsync(api.Client)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(400, api.ReadCounter("webhook.spooled"));
        Assert.InRange(api.ReadCounter("webhook.overloaded"), 1, 400);
        proxy.Restore();
        await Wait.UntilAsync(async () => await _fixture.CountAsync("inbox") == 401, "the spool to be emptied");
    }

    [Fact]
    public async Task An_overflow_preserves_the_order_of_arrival()
    {
        var connection = new NpgsqlConnectionStringBuilder(_fixture.DatabaseConnection);
        await using var proxy = new TcpProxy(connection.Host!, connection.Port);
        (connection.Host, connection.Port) = ("127.0.0.1", proxy.Port);
        await using var api = _fixture.Start(
            ("ConnectionStrings:crm", connection.ConnectionString),
            ("Inbox:Writers", "1"),
            ("Inbox:MaxWaitingDeliveries", "10"),
            ("Inbox:AcceptPatience", "00:00:14"));
        proxy.Cut();
        var writer = api.Services.GetRequiredService<InboxWriter>();
        var first = writer.WriteAsync(Row("first"));
        await Wait.UntilAsync(
            () => api.Logs.Entries.Any(entry => entry.Contains("wait for Postgres", StringComparison.Ordinal)), "the first delivery to wait");

        var rows = Rows(100);
        await Task.WhenAll(rows.Select(writer.WriteAsync));
        proxy.Restore();
        await first;

        await Wait.UntilAsync(async () => await _fixture.CountAsync("inbox") == 101, "the spool to be emptied");
        Assert.Equal(
            rows.Select(row => row.Key), await _fixture.ListAsync<string>("SELECT dedup_key FROM inbox WHERE dedup_key <> 'first' ORDER BY id"));
    }

    [Fact]
    public async Task Stopping_the_writer_stores_every_waiting_delivery_and_rejects_later_ones()
    {
        var writer = Api.Services.GetRequiredService<InboxWriter>();
        var waiting = Rows(300).Select(writer.WriteAsync).ToList();

        await writer.StopAsync(TestContext.Current.CancellationToken);

        Assert.All(await Task.WhenAll(waiting), acceptance => Assert.Equal(Acceptance.Stored, acceptance));
        Assert.Equal(300, await _fixture.CountAsync("inbox"));
        Assert.Equal(Acceptance.Unavailable, await writer.WriteAsync(Row("late")));
    }

    private Task<Acceptance[]> StoreTogetherAsync(IEnumerable<InboxRow> rows, WebhookApiInstance? api = null) =>
        Task.WhenAll(rows.Select((api ?? Api).Services.GetRequiredService<InboxWriter>().WriteAsync));

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

    private static byte[] Hash(byte[] body) => new WebhookBody(body).ComputeHash();

    /// <summary>The finished spans of one name, including those of other tests in this process.</summary>
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

        /// <summary>Returns the spans whose parent or link is the request of one of the rows.</summary>
        public IEnumerable<Activity> FindByRequests(IReadOnlyCollection<InboxRow> rows)
        {
            var ids = rows.Select(row => row.Request!.SpanId).ToHashSet();
            return _finished.Where(span => ids.Contains(span.ParentSpanId) || span.Links.Any(link => ids.Contains(link.Context.SpanId)));
        }

        public void Dispose() => _listener.Dispose();
    }
}
