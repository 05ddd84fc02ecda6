using System.Diagnostics;
using System.Net;
using JackAutomotive.Access;
using JackAutomotive.Tests.Fixtures;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace JackAutomotive.Tests.Access;

/// <summary>Authentication by API key, over HTTP and in <see cref="ApiKeyStore"/>.</summary>
public sealed class ApiKeyTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_missing_and_an_unknown_key_are_answered_401_with_the_reason()
    {
        await using var instance = await fixture.StartInstanceAsync();
        using var anonymous = new HttpClient { BaseAddress = instance.Address };
        using var wrong = instance.NewClient("wrong");

        await AssertRefusedAsync(anonymous, HttpStatusCode.Unauthorized, "Bearer", "API key required");
        await AssertRefusedAsync(wrong, HttpStatusCode.Unauthorized, "Bearer error=\"invalid_token\"", "Unknown API key");
    }

    [Fact]
    public async Task A_key_without_the_required_scope_is_answered_403_that_names_the_scope()
    {
        await fixture.AddKeyAsync("may-only-write", "write");
        await using var instance = await fixture.StartInstanceAsync();
        using var client = instance.NewClient("may-only-write");

        var authenticate = "Bearer error=\"insufficient_scope\", scope=\"read\"";
        await AssertRefusedAsync(client, HttpStatusCode.Forbidden, authenticate, "lacks the scope 'read'");
    }

    [Fact]
    public async Task Health_needs_no_key()
    {
        await using var instance = await fixture.StartInstanceAsync();
        using var anonymous = new HttpClient { BaseAddress = instance.Address };

        Assert.Equal(HttpStatusCode.OK, (await anonymous.GetAsync(new Uri("/health", UriKind.Relative), Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await anonymous.GetAsync(new Uri("/alive", UriKind.Relative), Cancellation)).StatusCode);
    }

    [Fact]
    public async Task A_revoked_key_works_until_its_cache_entry_expires()
    {
        using var keys = CreateStore();
        await fixture.AddKeyAsync("to-be-revoked", "read", "admin");
        Assert.Equal(["read", "admin"], (await keys.FindAsync("to-be-revoked", Cancellation))!.Scopes);

        await fixture.ExecuteAsync("UPDATE api_keys SET revoked_at = now() WHERE key_hash = $1", ApiKey.HashOf("to-be-revoked"));
        Assert.NotNull(await keys.FindAsync("to-be-revoked", Cancellation));
        _time.Advance(ApiKeyStore.KnownKeyLifetime);
        Assert.Null(await keys.FindAsync("to-be-revoked", Cancellation));
    }

    [Fact]
    public async Task A_new_key_works_at_once_although_it_was_tried_before_it_existed()
    {
        using var keys = CreateStore();
        Assert.Null(await keys.FindAsync("too-early", Cancellation));

        await fixture.AddKeyAsync("too-early", "read");
        Assert.NotNull(await keys.FindAsync("too-early", Cancellation));
    }

    [Fact]
    public async Task A_cached_key_stops_exactly_when_it_expires()
    {
        using var keys = CreateStore();
        await fixture.AddKeyAsync("expires", "read");
        await fixture.ExecuteAsync(
            "UPDATE api_keys SET expires_at = $2 WHERE key_hash = $1", ApiKey.HashOf("expires"), _time.GetUtcNow().UtcDateTime.AddSeconds(2));
        Assert.NotNull(await keys.FindAsync("expires", Cancellation));

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await keys.FindAsync("expires", Cancellation));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Null(await keys.FindAsync("expires", Cancellation));
        Assert.Equal(0, keys.CachedKeyCount);
    }

    [Fact]
    public async Task Random_keys_share_few_queries_and_stay_in_no_memory_and_a_new_key_works_among_them()
    {
        using var keys = CreateStore();
        var guesses = Enumerable.Range(0, 2_000).Select(i => keys.FindAsync($"guess {i}", Cancellation).AsTask()).ToList();
        await fixture.AddKeyAsync("new-among-guesses", "read");
        Assert.NotNull(await keys.FindAsync("new-among-guesses", Cancellation));

        Assert.All(await Task.WhenAll(guesses), Assert.Null);
        Assert.InRange(keys.QueryCount, 1, 100);
        Assert.Equal(1, keys.CachedKeyCount);
    }

    [Fact]
    public async Task A_stranger_who_tries_keys_one_after_the_other_causes_a_bounded_number_of_queries_per_second()
    {
        using var keys = CreateStore();
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < ApiKeyLookups.MissBurst + 30; i++)
        {
            Assert.Null(await keys.FindAsync($"one after the other {i}", Cancellation));
        }

        var allowed = ApiKeyLookups.MissBurst + (20 * (Stopwatch.GetElapsedTime(began).TotalSeconds + 2));
        Assert.InRange(keys.QueryCount, 1, (long)allowed);
        Assert.True(Stopwatch.GetElapsedTime(began) > TimeSpan.FromMilliseconds(200), "the stranger was never slowed down");
    }

    [Fact]
    public async Task More_guesses_than_the_limit_are_refused_and_a_known_key_is_checked_all_the_same()
    {
        var database = new NpgsqlConnectionStringBuilder(fixture.DatabaseConnection) { Pooling = false };
        await using var proxy = new TcpProxy(database.Host!, database.Port);
        database.Host = "127.0.0.1";
        database.Port = proxy.Port;
        await using var source = NpgsqlDataSource.Create(database);
        using var lookups = new ApiKeyLookups(source);
        await fixture.AddKeyAsync("known-among-many", "read");
        proxy.Pause();

        // The first look-up is in the query that hangs, and the others wait for the next query.
        var first = lookups.FindAsync(IdOf("first"), wasValid: false);
        await Wait.UntilAsync(() => lookups.QueryCount == 1, "the query that hangs");
        var waiting = Enumerable.Range(0, ApiKeyLookups.MaxWaiting).Select(i => lookups.FindAsync(IdOf($"{i}"), wasValid: false)).ToList();
        await Assert.ThrowsAsync<TimeoutException>(() => lookups.FindAsync(IdOf("one too many"), wasValid: false));
        var known = lookups.FindAsync(IdOf("known-among-many"), wasValid: true);

        proxy.Restore();
        Assert.NotNull(await known);
        Assert.All(await Task.WhenAll(waiting), Assert.Null);
        Assert.Null(await first);
    }

    [Fact]
    public async Task While_Postgres_is_down_known_keys_work_and_other_keys_cannot_be_checked()
    {
        var database = new NpgsqlConnectionStringBuilder(fixture.DatabaseConnection) { Pooling = false };
        await using var proxy = new TcpProxy(database.Host!, database.Port);
        database.Host = "127.0.0.1";
        database.Port = proxy.Port;
        await using var source = NpgsqlDataSource.Create(database);
        using var keys = CreateStore(source);
        await fixture.AddKeyAsync("seen-before", "read");
        await keys.FindAsync("seen-before", Cancellation);

        proxy.Cut();
        _time.Advance(ApiKeyStore.KnownKeyLifetime);
        Assert.NotNull(await keys.FindAsync("seen-before", Cancellation));
        await Assert.ThrowsAsync<ApiKeysUnavailableException>(async () => await keys.FindAsync("not-seen", Cancellation));

        proxy.Restore();
        Assert.Null(await keys.FindAsync("not-seen", Cancellation));
    }

    [Fact]
    public async Task A_key_that_cannot_be_checked_is_answered_503()
    {
        var database = new NpgsqlConnectionStringBuilder(fixture.DatabaseConnection);
        await using var proxy = new TcpProxy(database.Host!, database.Port);
        database.Host = "127.0.0.1";
        database.Port = proxy.Port;
        await using var instance = await RealtimeInstance.StartAsync(database.ConnectionString, fixture.RedisConnection);
        proxy.Cut();
        using var client = instance.NewClient();
        using var response = await client.GetAsync(new Uri($"/api/stream/conversation/{Guid.NewGuid()}", UriKind.Relative), Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Contains("API keys cannot be checked", await response.Content.ReadAsStringAsync(Cancellation));
    }

    private ApiKeyStore CreateStore(NpgsqlDataSource? database = null) =>
        new(database ?? fixture.Database, _time, NullLogger<ApiKeyStore>.Instance);

    private static string IdOf(string key) => Convert.ToHexString(ApiKey.HashOf(key));

    private static async Task AssertRefusedAsync(HttpClient client, HttpStatusCode status, string authenticate, string text)
    {
        using var response = await client.GetAsync(new Uri($"/api/stream/conversation/{Guid.NewGuid()}", UriKind.Relative), Cancellation);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal(authenticate, response.Headers.WwwAuthenticate.ToString());
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains(text, await response.Content.ReadAsStringAsync(Cancellation));
    }
}
