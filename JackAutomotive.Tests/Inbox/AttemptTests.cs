using System.Net;
using System.Net.Sockets;
using Amazon.S3;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Inbox;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using StackExchange.Redis;

namespace JackAutomotive.Tests.Inbox;

/// <summary>Which attempts count: those that the delivery itself spoils, and those that end its process.</summary>
public sealed class AttemptTests(Servers servers) : IAsyncLifetime
{
    private readonly WebhookApiFixture _fixture = new(servers);
    private readonly Fault _fault = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Outages => [.. OutagesByName.Keys];

    private static Dictionary<string, Exception> OutagesByName { get; } = new()
    {
        ["read-only database"] = PostgresError("25006"),
        ["cancelled query"] = PostgresError("57014"),
        ["cancelled query, seen as a cancellation"] = new OperationCanceledException("cancelled", PostgresError("57014")),
        ["deadlock"] = PostgresError("40P01"),
        ["missing right"] = PostgresError("42501"),
        ["connection reset"] = new NpgsqlException("reading", new IOException("reset", new SocketException())),
        ["Redis"] = new RedisException("no connection"),
        ["S3 answers 503"] = new AmazonS3Exception("slow down") { StatusCode = HttpStatusCode.ServiceUnavailable, ErrorCode = "SlowDown" },
        ["S3 answers 429"] = new AmazonS3Exception("too many") { StatusCode = HttpStatusCode.TooManyRequests },
        ["S3 refuses the key"] = new AmazonS3Exception("denied") { StatusCode = HttpStatusCode.Forbidden, ErrorCode = "AccessDenied" },
        ["S3 has no bucket"] = new AmazonS3Exception("gone") { StatusCode = HttpStatusCode.NotFound, ErrorCode = "NoSuchBucket" },
        ["S3 is unreachable"] = new HttpRequestException("refused", new SocketException()),
        ["S3 does not answer"] = new TaskCanceledException("timeout", new TimeoutException()),
        ["full disk"] = new IOException("No space left on device"),
        ["unreadable disk"] = new UnauthorizedAccessException(),
        ["inside another exception"] = new InvalidOperationException("could not store", new TimeoutException()),
    };

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Theory]
    [MemberData(nameof(Outages))]
    public async Task An_outage_costs_no_attempt_however_long_it_lasts(string outage)
    {
        await using var api = StartWithFault();
        var from = IncomingSmsDriver.NewNumber();
        await api.Sms.Text(from: from).DeliverAsync(api.Client);

        _fault.Exception = OutagesByName[outage];
        for (var attempt = 1; attempt <= 20; attempt++)
        {
            Assert.Equal(1, await api.DrainAsync());
            _fixture.Time.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.Equal("pending 20 20", await _fixture.ReadAsync<string>("SELECT concat_ws(' ', state, attempts, attempts_uncounted) FROM inbox"));
        Assert.Equal(20, await _fixture.CountAsync("delivery_attempts WHERE outcome = 'interrupted'"));
        Assert.Equal(20, api.ReadCounter("webhook.interrupted"));
        Assert.Equal(0, api.ReadCounter("webhook.retried"));

        _fault.Exception = null;
        Assert.Equal(1, await api.DrainAsync());
        Assert.Equal("done", await _fixture.ReadAsync<string>("SELECT state FROM inbox"));
    }

    [Fact]
    public async Task Delays_grow_to_the_maximum_during_an_outage()
    {
        await using var api = StartWithFault(("Inbox:MaxRetryDelay", "00:00:20"));
        await api.Sms.Text().DeliverAsync(api.Client);
        _fault.Exception = new TimeoutException();
        for (var attempt = 1; attempt <= 10; attempt++)
        {
            await api.DrainAsync();
            var delay = await _fixture.ReadAsync<DateTime>("SELECT due_at FROM inbox") - _fixture.Time.GetUtcNow().UtcDateTime;
            var full = Math.Min(20, Math.Pow(2, attempt - 1));
            Assert.InRange(delay.TotalSeconds, full / 2, full);
            _fixture.Time.Advance(delay);
        }
    }

    [Fact]
    public async Task Failures_of_the_handler_count_also_between_outages()
    {
        await using var api = StartWithFault(("Inbox:MaxAttempts", "3"));
        await api.Sms.Text().DeliverAsync(api.Client);
        Exception[] faults =
        [
            new TimeoutException(), new InvalidOperationException(), PostgresError("57P01"), new InvalidOperationException(), new IOException(),
            new FileNotFoundException("the object is missing"),
        ];
        foreach (var fault in faults)
        {
            Assert.Equal("pending", await _fixture.ReadAsync<string>("SELECT state FROM inbox"));
            _fault.Exception = fault;
            Assert.Equal(1, await api.DrainAsync());
            _fixture.Time.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.Equal("exhausted 6", await _fixture.ReadAsync<string>("SELECT parked_as || ' ' || attempts FROM inbox"));
    }

    [Fact]
    public async Task A_delivery_that_ends_its_process_at_every_attempt_is_parked_after_the_maximum_with_that_reason()
    {
        await using var api = StartWithFault(("Inbox:MaxAttempts", "3"));
        await api.Sms.Text().DeliverAsync(api.Client);
        Assert.Single(await Get<InboxClaims>(api).ClaimAsync(8, Cancellation));
        for (var attempt = 2; attempt <= 3; attempt++)
        {
            _fixture.Time.Advance(TimeSpan.FromSeconds(30));
            Assert.Empty(await Get<InboxClaims>(api).ClaimAsync(8, Cancellation));
            Assert.Equal(attempt, (await Get<InboxClaims>(api).ClaimLostAsync(Cancellation))?.Attempt);
        }

        _fixture.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(1, await api.DrainAsync());

        Assert.Equal("exhausted", await _fixture.ReadAsync<string>("SELECT parked_as FROM inbox"));
        Assert.Contains("the process ended", await _fixture.ReadAsync<string>("SELECT reason FROM inbox"), StringComparison.Ordinal);
        Assert.Equal(0, _fault.Calls);
    }

    [Fact]
    public async Task Deliveries_whose_attempt_was_lost_are_handled_one_at_a_time_and_in_time()
    {
        await using var api = StartWithFault();
        for (var i = 0; i < 5; i++)
        {
            await api.Sms.Text().DeliverAsync(api.Client);
        }

        Assert.Equal(5, (await Get<InboxClaims>(api).ClaimAsync(8, Cancellation)).Count);
        _fixture.Time.Advance(TimeSpan.FromSeconds(30));
        await using var worker = StartWithFault(("Inbox:ProcessDeliveries", "true"));

        await Wait.UntilAsync(async () => await _fixture.CountAsync("inbox WHERE state = 'done'") == 5, "every delivery to be done");
        Assert.Equal(1, _fault.MostAtOnce);
    }

    [Fact]
    public async Task A_replay_gives_a_full_set_of_attempts_after_an_outage_too()
    {
        await using var api = StartWithFault(("Inbox:MaxAttempts", "2"));
        await api.Sms.Text().DeliverAsync(api.Client);
        foreach (var fault in new Exception[] { new TimeoutException(), new InvalidOperationException(), new InvalidOperationException() })
        {
            _fault.Exception = fault;
            await api.DrainAsync();
            _fixture.Time.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.Equal("parked", await _fixture.ReadAsync<string>("SELECT state FROM inbox"));
        using var answer = await api.Client.PostAsync(new Uri("/api/deliveries/1/replay", UriKind.Relative), null, Cancellation);
        Assert.True(answer.IsSuccessStatusCode);
        await api.DrainAsync();
        Assert.Equal("pending", await _fixture.ReadAsync<string>("SELECT state FROM inbox"));
        _fixture.Time.Advance(TimeSpan.FromMinutes(5));
        await api.DrainAsync();
        Assert.Equal("parked", await _fixture.ReadAsync<string>("SELECT state FROM inbox"));
    }

    private WebhookApiInstance StartWithFault(params (string, string?)[] settings) => _fixture.Start(
        instance => instance.With(services =>
        {
            services.AddSingleton(_fault);
            services.AddDeliveryHandler<FaultyHandler>(Topics.TwilioIncomingSms);
        }),
        settings);

    private static T Get<T>(WebhookApiInstance api)
        where T : notnull => api.Services.GetRequiredService<T>();

    private static PostgresException PostgresError(string sqlState) => new("an error", "ERROR", "ERROR", sqlState);

    /// <summary>What the handler throws, and how it was called.</summary>
    private sealed class Fault
    {
        private int _calls;
        private int _now;
        private int _mostAtOnce;

        public Exception? Exception { get; set; }

        public int Calls => _calls;

        public int MostAtOnce => _mostAtOnce;

        public async Task RunAsync()
        {
            Interlocked.Increment(ref _calls);
            var now = Interlocked.Increment(ref _now);
            InterlockedMax(now);
            await Task.Yield();
            Interlocked.Decrement(ref _now);
            if (Exception is { } exception)
            {
                throw exception;
            }
        }

        private void InterlockedMax(int value)
        {
            for (var seen = _mostAtOnce; seen < value; seen = _mostAtOnce)
            {
                Interlocked.CompareExchange(ref _mostAtOnce, value, seen);
            }
        }
    }

    private sealed class FaultyHandler(Fault fault) : IDeliveryHandler
    {
        public async Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken)
        {
            await fault.RunAsync();
            return DeliveryResult.Done;
        }
    }
}
