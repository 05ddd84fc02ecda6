extern alias realtime;

using System.Net;
using JackAutomotive.Tests.Fixtures;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using realtime::JackAutomotive.Contract;

namespace JackAutomotive.Tests.Contract;

/// <summary>Who is let in, over HTTP and behind it.</summary>
public sealed class ApiKeyTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_key_and_a_wrong_key_are_refused_with_401_and_the_way_to_do_better()
    {
        await using var instance = await fixture.StartInstanceAsync();
        using var anonymous = new HttpClient { BaseAddress = instance.Address };
        using var wrong = instance.NewClient("wrong");

        await AssertRefusedAsync(anonymous, HttpStatusCode.Unauthorized, "Bearer", "API key required");
        await AssertRefusedAsync(wrong, HttpStatusCode.Unauthorized, "Bearer error=\"invalid_token\"", "Unknown API key");
    }

    [Fact]
    public async Task A_key_without_the_needed_scope_is_refused_with_403_that_names_it()
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

        Assert.Equal(HttpStatusCode.OK, (await anonymous.GetAsync(new Uri("/health", UriKind.Relative), Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await anonymous.GetAsync(new Uri("/alive", UriKind.Relative), Cancelled)).StatusCode);
    }

    [Fact]
    public async Task A_revoked_key_works_until_it_is_asked_for_again()
    {
        var keys = Store();
        await fixture.AddKeyAsync("to-be-revoked", "read", "admin");
        Assert.Equal(["read", "admin"], (await keys.FindAsync("to-be-revoked", Cancelled))!.Scopes);

        await fixture.ExecuteAsync("UPDATE api_keys SET revoked_at = now() WHERE key_hash = $1", ApiKey.HashOf("to-be-revoked"));
        Assert.NotNull(await keys.FindAsync("to-be-revoked", Cancelled));
        _time.Advance(ApiKeyStore.KnownFor);
        Assert.Null(await keys.FindAsync("to-be-revoked", Cancelled));
    }

    [Fact]
    public async Task A_new_key_works_soon_after_it_was_tried_too_early()
    {
        var keys = Store();
        Assert.Null(await keys.FindAsync("too-early", Cancelled));

        await fixture.AddKeyAsync("too-early", "read");
        Assert.Null(await keys.FindAsync("too-early", Cancelled));
        _time.Advance(ApiKeyStore.UnknownFor);
        Assert.NotNull(await keys.FindAsync("too-early", Cancelled));
    }

    [Fact]
    public async Task Wrong_keys_do_not_fill_the_memory()
    {
        var keys = Store();
        for (var i = 0; i < ApiKeyStore.MaxUnknown + 10; i++)
        {
            Assert.Null(await keys.FindAsync($"guess {i}", Cancelled));
        }

        Assert.InRange(keys.UnknownCount, 1, ApiKeyStore.MaxUnknown);
    }

    [Fact]
    public async Task While_Postgres_is_away_known_keys_work_and_others_are_neither_let_in_nor_called_wrong()
    {
        var database = new NpgsqlConnectionStringBuilder(fixture.DatabaseConnection) { Pooling = false };
        await using var proxy = new TcpProxy(database.Host!, database.Port);
        database.Host = "127.0.0.1";
        database.Port = proxy.Port;
        await using var behind = NpgsqlDataSource.Create(database);
        var keys = Store(behind);
        await fixture.AddKeyAsync("seen-before", "read");
        await keys.FindAsync("seen-before", Cancelled);

        proxy.Cut();
        _time.Advance(ApiKeyStore.KnownFor);
        Assert.NotNull(await keys.FindAsync("seen-before", Cancelled));
        await Assert.ThrowsAsync<ApiKeysUnavailableException>(async () => await keys.FindAsync("not-seen", Cancelled));

        proxy.Restore();
        Assert.Null(await keys.FindAsync("not-seen", Cancelled));
    }

    [Fact]
    public async Task A_key_that_cannot_be_checked_is_answered_with_503()
    {
        var database = new NpgsqlConnectionStringBuilder(fixture.DatabaseConnection);
        await using var proxy = new TcpProxy(database.Host!, database.Port);
        database.Host = "127.0.0.1";
        database.Port = proxy.Port;
        await using var instance = await RealtimeInstance.StartAsync(database.ConnectionString, fixture.RedisConnection);
        proxy.Cut();
        using var client = instance.NewClient();
        using var response = await client.GetAsync(new Uri($"/api/stream/conversation/{Guid.NewGuid()}", UriKind.Relative), Cancelled);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Contains("API keys cannot be checked", await response.Content.ReadAsStringAsync(Cancelled));
    }

    private ApiKeyStore Store(NpgsqlDataSource? database = null) =>
        new(database ?? fixture.Database, _time, NullLogger<ApiKeyStore>.Instance);

    private static async Task AssertRefusedAsync(HttpClient client, HttpStatusCode status, string authenticate, string text)
    {
        using var response = await client.GetAsync(new Uri($"/api/stream/conversation/{Guid.NewGuid()}", UriKind.Relative), Cancelled);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal(authenticate, response.Headers.WwwAuthenticate.ToString());
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains(text, await response.Content.ReadAsStringAsync(Cancelled));
    }
}
