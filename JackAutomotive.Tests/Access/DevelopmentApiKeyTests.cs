using System.Net;
using JackAutomotive.Tests.Fixtures;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace JackAutomotive.Tests.Access;

/// <summary>The API key of the setting JACK_API_KEY. Each test has a database of its own.</summary>
public sealed class DevelopmentApiKeyTests(Servers servers) : IAsyncLifetime
{
    private const string First = "first-key-0123456789-abcdefghijkl";
    private const string Second = "second-key-0123456789-abcdefghijk";

    private readonly WebhookApiFixture _fixture = new(servers);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task A_changed_setting_replaces_the_old_key_and_the_old_key_returns_with_the_setting()
    {
        await AssertOnlyAsync(First, First);
        await AssertOnlyAsync(Second, Second);
        await AssertOnlyAsync(First, First);
        await AssertOnlyAsync($"{Second}, {First}", First, Second);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" , ")]
    public async Task A_removed_setting_removes_the_key_and_no_other_key(string? setting)
    {
        await _fixture.ExecuteAsync(
            "INSERT INTO api_keys (key_hash, name, scopes, created_at) VALUES (sha256('a-key-of-another'), 'another', '{read}', now())");
        await AssertOnlyAsync(First, First);

        await using var api = _fixture.Start(("JACK_API_KEY", setting));

        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(api, First));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(api, "a-key-of-another"));
    }

    [Fact]
    public async Task A_key_that_an_operator_has_revoked_stays_revoked()
    {
        await AssertOnlyAsync(First, First);
        await _fixture.ExecuteAsync("UPDATE api_keys SET revoked_at = now()");

        await using var again = _fixture.Start(("JACK_API_KEY", First));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(again, First));
        await using var other = _fixture.Start(("JACK_API_KEY", Second));
        await using var third = _fixture.Start(("JACK_API_KEY", First));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(third, First));
    }

    [Theory]
    [InlineData("short")]
    [InlineData("31-characters-are-too-few-01234")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData(First + ",short")]
    public async Task A_key_that_is_easy_to_guess_stops_the_start_except_in_Development(string setting)
    {
        AssertStopsTheStart(setting);

        await using var api = _fixture.Start(instance => instance.In(Environments.Development), ("JACK_API_KEY", setting));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(api, setting.Split(',')[^1]));
    }

    [Theory]
    [InlineData("a key with spaces that is long enough")]
    [InlineData("a-key-that-is-not-in-ASCII-\u00e4\u00f6\u00fc-0123456789")]
    public void A_key_that_no_header_can_carry_stops_the_start(string setting) => AssertStopsTheStart(setting);

    [Fact]
    public void A_key_that_is_too_long_to_be_accepted_stops_the_start() =>
        AssertStopsTheStart(string.Concat(Enumerable.Repeat("0123456789", 26)));

    private async Task AssertOnlyAsync(string setting, params string[] valid)
    {
        await using var api = _fixture.Start(("JACK_API_KEY", setting));
        foreach (var key in new[] { First, Second })
        {
            Assert.Equal(valid.Contains(key) ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, await AskAsync(api, key));
        }

        Assert.Equal(valid.Length, await _fixture.CountAsync("api_keys WHERE name = 'JACK_API_KEY'"));
    }

    private void AssertStopsTheStart(string setting)
    {
        LogCollector logs = null!;
        Assert.ThrowsAny<Exception>(() => _fixture.Start(instance => logs = instance.Logs, ("JACK_API_KEY", setting)));
        var failure = Assert.Single(logs.Entries, entry => entry.StartsWith("Error Microsoft.Extensions.Hosting", StringComparison.Ordinal));
        Assert.Contains(nameof(OptionsValidationException), failure, StringComparison.Ordinal);
        Assert.Contains("JACK_API_KEY", failure, StringComparison.Ordinal);
        Assert.DoesNotContain(setting, failure, StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> AskAsync(WebhookApiInstance api, string key)
    {
        using var client = api.NewClient(key);
        using var answer = await client.GetAsync(new Uri("/api/leads", UriKind.Relative), Cancellation);
        return answer.StatusCode;
    }
}
