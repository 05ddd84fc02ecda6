using System.Net;
using System.Security.Claims;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Access;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using static JackAutomotive.Tests.Fixtures.StreamTokenMaker;

namespace JackAutomotive.Tests.Realtime.Access;

/// <summary>Streams that a client opens with a stream token instead of an API key.</summary>
public sealed class TokenTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_token_opens_a_stream_in_the_header_or_in_the_query(bool inHeader)
    {
        await using var instance = await fixture.StartInstanceAsync();
        var lead = await fixture.AddLeadAsync();
        await fixture.AppendAsync(lead);
        await fixture.AppendAsync(lead);

        await using var client = inHeader
            ? await SseClient.OpenAsync(instance, lead, 1, Token(), "?lastEventId=0")
            : await SseClient.OpenAsync(instance, lead, null, null, $"?lastEventId=1&access_token={Token()}");
        await fixture.RaiseAsync(lead);
        await client.UntilAsync(3);

        Assert.Equal([2L, 3L], client.Seqs);
    }

    [Fact]
    public async Task A_token_for_some_leads_opens_the_streams_of_those_leads_only()
    {
        await using var instance = await fixture.StartInstanceAsync();
        using var measured = new Measurements(instance.Services);
        var (mine, alsoMine, other) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        var token = Token(leads: [mine, alsoMine]);

        await using var first = await SseClient.OpenAsync(instance, mine, key: token);
        await using var second = await SseClient.OpenAsync(instance, alsoMine, key: null, query: Query(token));
        using var refused = await GetAsync(instance, $"{other}{Query(token)}");

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        await Problem.AssertAsync(refused, "urn:jack-automotive:problem:lead-not-allowed", token);
        Assert.Contains("insufficient_scope", refused.Headers.WwwAuthenticate.ToString());
        Assert.Equal(1, measured.Sum("jackautomotive.realtime.connections.refused/lead-not-allowed"));
    }

    [Fact]
    public async Task A_malformed_lead_id_is_answered_with_400_even_to_a_token_for_some_leads()
    {
        await using var instance = await fixture.StartInstanceAsync();
        using var answer = await GetAsync(instance, $"nonsense{Query(Token(leads: [await fixture.AddLeadAsync()]))}");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("expired", "token-expired", "POST /api/stream-tokens")]
    [InlineData("forged", "token-invalid", "POST /api/stream-tokens")]
    [InlineData("undefined", "token-invalid", "POST /api/stream-tokens")]
    [InlineData("an API key", "token-invalid", "POST /api/stream-tokens")]
    public async Task An_invalid_token_is_refused_with_401_and_the_way_to_get_a_valid_one(string token, string type, string hint)
    {
        await using var instance = await fixture.StartInstanceAsync();
        using var measured = new Measurements(instance.Services);
        var lead = await fixture.AddLeadAsync();
        var sent = token switch
        {
            "expired" => Token(TimeSpan.FromMinutes(-1)),
            "forged" => Token(secret: "a-secret-that-somebody-else-made-up"),
            "an API key" => RealtimeFixture.Key,
            _ => token,
        };

        using var answer = await GetAsync(instance, $"{lead}{Query(sent)}");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        var problem = await Problem.AssertAsync(answer, $"urn:jack-automotive:problem:{type}", sent);
        Assert.Contains(hint, (string?)problem["detail"]);
        Assert.Equal("Bearer error=\"invalid_token\"", answer.Headers.WwwAuthenticate.ToString());
        Assert.Equal(1, measured.Sum($"jackautomotive.realtime.connections.refused/{type}"));
    }

    [Fact]
    public async Task An_empty_token_in_the_query_is_refused_with_401()
    {
        await using var instance = await fixture.StartInstanceAsync();
        using var answer = await GetAsync(instance, $"{await fixture.AddLeadAsync()}?access_token=");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task The_header_takes_precedence_over_a_token_in_the_query()
    {
        await using var instance = await fixture.StartInstanceAsync();
        using var client = instance.NewClient("wrong");
        using var answer = await client.GetAsync(Address($"{await fixture.AddLeadAsync()}{Query(Token())}"), Cancellation);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("Unknown API key", await answer.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task Tokens_signed_with_the_old_secret_stay_valid_while_the_setting_lists_it()
    {
        const string New = "the-secret-that-takes-its-place-now";
        await using var instance = await fixture.StartInstanceAsync(("STREAM_TOKEN_SECRET", $"{New}, {RealtimeFixture.TokenSecret}"));
        var lead = await fixture.AddLeadAsync();

        await using var old = await SseClient.OpenAsync(instance, lead, key: Token());
        await using var newer = await SseClient.OpenAsync(instance, lead, key: Token(secret: New));
    }

    [Fact]
    public async Task Without_a_secret_a_token_gets_503_that_names_the_setting_and_API_keys_still_work()
    {
        using var logs = new LogCollector();
        await using var instance = fixture.StartInstance(
            services => services.AddLogging(logging => logging.AddProvider(logs)), ("STREAM_TOKEN_SECRET", ""));
        var lead = await fixture.AddLeadAsync();
        using var answer = await GetAsync(instance, $"{lead}{Query(Token())}");
        await using var client = await instance.WatchAsync(lead);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        var problem = await Problem.AssertAsync(answer, "urn:jack-automotive:problem:not-configured");
        Assert.Contains("STREAM_TOKEN_SECRET", (string?)problem["detail"]);
        Assert.Contains(logs.Entries, entry => entry.StartsWith("Warning", StringComparison.Ordinal)
            && entry.Contains("STREAM_TOKEN_SECRET", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stream_ends_properly_before_its_token_expires_and_resumes_with_the_next_token()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var expiry = instance.Services.GetRequiredService<TokenExpiry>();
        var lead = await fixture.AddLeadAsync();
        await using var keyStream = await instance.WatchAsync(lead);
        await using var first = await SseClient.OpenAsync(instance, lead, key: null, query: Query(Token(TimeSpan.FromSeconds(15))));
        Assert.Equal(1, expiry.Count);
        var firstRetry = first.Retry;

        // Events are raised until the stream ends, so that some are raised in its last moments.
        while (!first.Ended.IsCompleted)
        {
            await fixture.RaiseAsync(lead);
            await Task.WhenAny(first.Ended, keyStream.UntilAsync(keyStream.Seqs.Count + 1));
        }

        Assert.True(await first.Ended, "the stream broke off");
        Assert.NotEqual(firstRetry, first.Retry);
        Assert.Equal(0, expiry.Count);

        await fixture.RaiseAsync(lead);
        await keyStream.UntilAsync(await ReadNewestSeqAsync(lead));
        var last = long.Parse(first.LastEventId);
        await using var second = await SseClient.OpenAsync(instance, lead, key: null, query: $"?lastEventId={last}&access_token={Token()}");
        await second.UntilAsync(keyStream.Seqs[^1]);
        Assert.Equal(keyStream.Seqs, first.Seqs.Concat(second.Seqs));
        Assert.False(keyStream.Ended.IsCompleted, "a stream of an API key ended");
    }

    [Fact]
    public async Task A_stream_that_the_client_closes_is_removed_from_the_expiry_schedule()
    {
        await using var instance = await fixture.StartInstanceAsync();
        var expiry = instance.Services.GetRequiredService<TokenExpiry>();
        await (await SseClient.OpenAsync(instance, await fixture.AddLeadAsync(), key: Token())).DisposeAsync();

        await Wait.UntilAsync(() => expiry.Count == 0, "the expiry to be removed");
    }

    [Fact]
    public void A_token_gives_a_named_viewer_of_its_leads_and_an_API_key_an_unnamed_viewer_of_all_leads()
    {
        var lead = LeadId.New(TimeProvider.System);
        var until = DateTimeOffset.UnixEpoch;
        var ann = Viewer.Of(Viewer.CreatePrincipal(new StreamToken("console", "Ann", [lead], until), "x"));
        var keyOwner = Viewer.Of(new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, "console")], "x")));

        Assert.Equal(("console", "Ann", until, true), (ann.Key, ann.Name, ann.ExpiresAt, ann.IsNamed));
        Assert.True(ann.MayWatch(lead));
        Assert.False(ann.MayWatch(LeadId.New(TimeProvider.System)));
        Assert.Equal(new Viewer("console", "console", null, null), keyOwner);
        Assert.True(keyOwner.MayWatch(lead));
        Assert.False(keyOwner.IsNamed);
    }

    /// <summary>A new route that does not check leads is closed to tokens for some leads.</summary>
    [Theory]
    [InlineData(false, false, false)]
    [InlineData(false, true, true)]
    [InlineData(true, false, true)]
    public async Task A_route_without_a_lead_admits_a_token_for_some_leads_only_if_the_route_checks_leads(
        bool forAll, bool checksLeads, bool isAllowed)
    {
        var request = new DefaultHttpContext();
        request.SetEndpoint(new Endpoint(null, new EndpointMetadataCollection(checksLeads ? [new AcceptsLeadTokens()] : []), null));
        LeadId[]? leads = forAll ? null : [LeadId.New(TimeProvider.System)];
        var viewer = Viewer.CreatePrincipal(new StreamToken("console", "Ann", leads, DateTimeOffset.MaxValue), "x");
        var context = new AuthorizationHandlerContext([new LeadAllowedRequirement()], viewer, request);

        await new LeadAllowedHandler().HandleAsync(context);

        Assert.Equal(isAllowed, context.HasSucceeded);
    }

    private static Uri Address(string leadAndQuery) => new($"/api/stream/conversation/{leadAndQuery}", UriKind.Relative);

    private static async Task<HttpResponseMessage> GetAsync(RealtimeInstance instance, string leadAndQuery)
    {
        using var client = instance.NewClient(null);
        return await client.GetAsync(Address(leadAndQuery), Cancellation);
    }

    private async Task<long> ReadNewestSeqAsync(LeadId lead)
    {
        await using var command = fixture.Database.CreateCommand("SELECT last_seq FROM leads WHERE id = $1");
        command.Parameters.Add(new Npgsql.NpgsqlParameter { Value = lead.Value });
        return (long)(await command.ExecuteScalarAsync(Cancellation))!;
    }
}
