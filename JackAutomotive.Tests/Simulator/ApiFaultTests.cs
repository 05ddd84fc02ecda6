using System.Diagnostics;
using System.Net;
using FsCheck.Xunit;
using JackAutomotive.ProviderSimulator.Apis;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Simulator;

public sealed class ApiFaultTests
{
    [Theory]
    [InlineData("rate-limit", 429, 0)]
    [InlineData("error-before", 502, 0)]
    [InlineData("error-after", 502, 1)]
    [InlineData("dropped-request", null, 0)]
    [InlineData("dropped-answer", null, 1)]
    [InlineData("late-answer", 201, 1)]
    [InlineData("latency", 201, 1)]
    public async Task A_fault_decides_the_answer_to_a_text_and_whether_Twilio_acts(string kind, int? status, int accepted)
    {
        await using var providers = await SimulatedProviders.StartAsync();
        await providers.CommandAsync("/faults", new { kind, provider = "twilio", count = 1, status = 502, retryAfter = 7, milliseconds = 300 });
        var started = Stopwatch.GetTimestamp();

        var (answered, retryAfter) = await AnswerAsync(() => providers.SendTextAsync());

        Assert.Equal(status, answered);
        Assert.Equal(status == 429 ? TimeSpan.FromSeconds(7) : null, retryAfter);
        if (kind is "latency" or "late-answer")
        {
            Assert.True(Stopwatch.GetElapsedTime(started) > TimeSpan.FromMilliseconds(290));
        }

        Assert.Equal(accepted, (await providers.GetAsync("/ledger")).GetProperty("texts").GetInt32());
        await Wait.UntilAsync(() => providers.TextStatuses.Count == accepted * 3, "the callbacks of an accepted text");
        Assert.Equal(201, (await AnswerAsync(() => providers.SendTextAsync())).Status);
    }

    [Theory]
    [InlineData("rate-limit", 429, 0)]
    [InlineData("error-before", 503, 0)]
    [InlineData("error-after", 503, 1)]
    [InlineData("dropped-request", null, 0)]
    [InlineData("dropped-answer", null, 1)]
    public async Task A_fault_decides_the_answer_to_a_call_and_whether_ElevenLabs_acts(string kind, int? status, int accepted)
    {
        await using var providers = await SimulatedProviders.StartAsync();
        await providers.CommandAsync("/faults", new { kind, provider = "elevenlabs" });

        Assert.Equal(status, (await AnswerAsync(() => providers.CallAsync())).Status);
        Assert.Equal(201, (await AnswerAsync(() => providers.SendTextAsync())).Status);

        var ledger = await providers.GetAsync("/ledger");
        Assert.Equal((accepted, 1), (ledger.GetProperty("calls").GetInt32(), ledger.GetProperty("texts").GetInt32()));
        await Wait.UntilAsync(() => providers.PostCalls.Count == accepted, "the transcript of an accepted call");
    }

    [Fact]
    public async Task An_error_has_the_providers_own_shape()
    {
        await using var providers = await SimulatedProviders.StartAsync();
        await providers.CommandAsync("/faults", new { kind = "rate-limit" });

        using var text = await providers.SendTextAsync();
        using var call = await providers.CallAsync();

        Assert.Equal(20429, (await SimulatedProviders.ReadAsync(text)).GetProperty("code").GetInt32());
        Assert.Equal(
            "rate_limit_exceeded", (await SimulatedProviders.ReadAsync(call)).GetProperty("detail").GetProperty("status").GetString());
    }

    [Fact]
    public async Task Early_callbacks_arrive_before_the_answer()
    {
        await using var providers = await SimulatedProviders.StartAsync(("Apis:TextSeconds", "600"), ("Apis:CallSeconds", "600"));
        await providers.CommandAsync("/faults", new { kind = "early-callbacks" });

        using var text = await providers.SendTextAsync();
        Assert.Equal(["sending", "sent", "delivered"], providers.TextStatuses);
        using var call = await providers.CallAsync();
        Assert.Single(providers.PostCalls);
    }

    [Fact]
    public async Task Callbacks_follow_a_dropped_answer()
    {
        await using var providers = await SimulatedProviders.StartAsync();
        await providers.CommandAsync("/faults", new { kind = "dropped-answer" });
        await providers.CommandAsync("/faults", new { kind = "early-callbacks", count = 1 });

        Assert.Null((await AnswerAsync(() => providers.SendTextAsync())).Status);
        Assert.Equal(3, providers.TextStatuses.Count);
        Assert.Null((await AnswerAsync(() => providers.SendTextAsync())).Status);
        await Wait.UntilAsync(() => providers.TextStatuses.Count == 6, "the callbacks of the second text");
    }

    [Fact]
    public async Task Duplicate_callbacks_arrive_as_often_as_asked()
    {
        await using var providers = await SimulatedProviders.StartAsync();
        await providers.CommandAsync("/faults", new { kind = "duplicate-callbacks", copies = 3 });

        using var text = await providers.SendTextAsync();

        await Wait.UntilAsync(() => providers.TextStatuses.Count == 9, "three copies of three callbacks");
        Assert.Equal(
            ["delivered 3", "sending 3", "sent 3"],
            providers.TextStatuses.CountBy(status => status).Select(status => $"{status.Key} {status.Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Shuffled_callbacks_arrive_in_another_order_and_completely()
    {
        await using var providers = await SimulatedProviders.StartAsync();
        await providers.CommandAsync("/faults", new { kind = "shuffled-callbacks", seed = 3 });

        var orders = new HashSet<string>();
        for (var i = 1; i <= 8; i++)
        {
            using var text = await providers.SendTextAsync();
            await Wait.UntilAsync(() => providers.TextStatuses.Count == i * 3, "all callbacks");
            orders.Add(string.Join(' ', providers.TextStatuses.TakeLast(3)));
        }

        Assert.True(orders.Count > 1);
        Assert.All(orders, order => Assert.Equal(["delivered", "sending", "sent"], order.Split(' ').Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Without_callbacks_the_API_still_knows_the_last_status()
    {
        await using var providers = await SimulatedProviders.StartAsync();
        await providers.CommandAsync("/faults", new { kind = "lost-callbacks" });

        using var answer = await providers.SendTextAsync();

        var path = (await SimulatedProviders.ReadAsync(answer)).GetProperty("uri").GetString()!;
        await Wait.UntilAsync(
            async () => (await providers.GetAsync(path)).GetProperty("status").GetString() == "delivered", "the last status");
        Assert.Empty(providers.Webhooks.Received);
    }

    [Fact]
    public async Task A_fault_concerns_lookups_only_if_asked()
    {
        await using var providers = await SimulatedProviders.StartAsync();
        await providers.CommandAsync("/faults", new { kind = "error-before", requests = "lookups" });

        Assert.Equal(201, (await AnswerAsync(() => providers.SendTextAsync())).Status);
        var error = await providers.GetAsync($"/2010-04-01/Accounts/{RunningSimulator.AccountSid}/Messages.json");
        Assert.Equal(503, error.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task Faults_are_listed_with_their_hits_and_cleared()
    {
        await using var providers = await SimulatedProviders.StartAsync();
        var first = await providers.CommandAsync("/faults", new { kind = "error-before", count = 2 });
        await providers.CommandAsync("/faults", new { kind = "late-answer", milliseconds = 1 });
        using var hit = await providers.SendTextAsync();

        var listed = (await providers.GetAsync("/faults")).EnumerateArray().ToList();
        Assert.Equal(["error-before", "late-answer"], listed.Select(fault => fault.GetProperty("kind").GetString()));
        Assert.Equal([1, 1], listed.Select(fault => fault.GetProperty("applied").GetInt32()));

        using var removed = await providers.Http.DeleteAsync(
            new Uri($"/faults/{first.GetProperty("id").GetString()}", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        Assert.Equal(201, (await AnswerAsync(() => providers.SendTextAsync())).Status);
        using var cleared = await providers.Http.PostAsync(
            new Uri("/faults/clear", UriKind.Relative), null, TestContext.Current.CancellationToken);
        Assert.Empty((await providers.GetAsync("/faults")).EnumerateArray());
    }

    [Theory]
    [InlineData("Kind", """{"kind":"gremlins"}""")]
    [InlineData("Kind", "{}")]
    [InlineData("Probability", """{"kind":"latency","probability":0}""")]
    [InlineData("Provider", """{"kind":"latency","provider":"acme"}""")]
    [InlineData("Status", """{"kind":"error-after","status":404}""")]
    public async Task An_invalid_fault_is_answered_400_with_the_field(string field, string json)
    {
        await using var providers = await SimulatedProviders.StartAsync();
        using var body = new StringContent(json, System.Text.Encoding.UTF8, "application/json");

        using var answer = await providers.Http.PostAsync(
            new Uri("/faults", UriKind.Relative), body, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.True((await SimulatedProviders.ReadAsync(answer)).GetProperty("errors").TryGetProperty(field, out _));
    }

    [Fact]
    public async Task The_ledger_counts_repetitions_and_can_be_reset()
    {
        await using var providers = await SimulatedProviders.StartAsync();
        foreach (var body in (string[])["one", "two", "one"])
        {
            using var text = await providers.SendTextAsync(("Body", body));
        }

        using var call = await providers.CallAsync();

        var ledger = await providers.GetAsync("/ledger");
        Assert.Equal(
            (3, 1, 1),
            (ledger.GetProperty("texts").GetInt32(), ledger.GetProperty("calls").GetInt32(), ledger.GetProperty("repeated").GetInt32()));
        var entries = ledger.GetProperty("entries").EnumerateArray().ToList();
        Assert.Equal([2, 1, 2, 1], entries.Select(entry => entry.GetProperty("count").GetInt32()));
        Assert.Equal("7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed", entries[0].GetProperty("bodyHash").GetString());
        Assert.StartsWith("conv_", entries[3].GetProperty("conversationId").GetString(), StringComparison.Ordinal);
        Assert.Empty((await providers.GetAsync("/ledger?to=%2B16145550199")).GetProperty("entries").EnumerateArray());

        using var reset = await providers.Http.DeleteAsync(new Uri("/ledger", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Empty((await providers.GetAsync("/ledger")).GetProperty("entries").EnumerateArray());
    }

    [Fact]
    public async Task What_was_sent_is_shown_as_JSON_and_as_an_encoded_page()
    {
        await using var providers = await SimulatedProviders.StartAsync();
        using var text = await providers.SendTextAsync(("Body", "<b>Hello</b>"));
        using var call = await providers.CallAsync();
        await Wait.UntilAsync(() => providers.TextStatuses.Count == 3, "all callbacks");

        var view = await providers.GetAsync("/messages");
        Assert.Equal("<b>Hello</b>", view.GetProperty("texts")[0].GetProperty("body").GetString());
        Assert.Equal(
            ["queued", "sending", "sent", "delivered"],
            view.GetProperty("texts")[0].GetProperty("history").EnumerateArray().Select(change => change.GetProperty("status").GetString()));
        Assert.StartsWith("conv_", view.GetProperty("calls")[0].GetProperty("conversationId").GetString(), StringComparison.Ordinal);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/messages");
        request.Headers.Accept.ParseAdd("text/html");
        using var answer = await providers.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains("&lt;b&gt;Hello&lt;/b&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>Hello", page, StringComparison.Ordinal);
    }

    [Property(MaxTest = 50)]
    public void A_fault_hits_at_most_Count_requests_and_every_request_has_one_answer(int seed, byte count, byte percent)
    {
        var faults = new ApiFaults();
        var limit = (count % 20) + 1;
        foreach (var kind in Enum.GetValues<ApiFaultKind>())
        {
            faults.Add(new ApiFault("", kind, null, "sends", Math.Max(percent % 101, 1) / 100.0, limit, 1, 1, 503, 2), seed);
        }

        var plans = Enumerable.Range(0, 500).Select(_ => faults.Draw("twilio", isSend: true)).ToList();

        Assert.All(faults.All, fault => Assert.InRange(fault.Applied, 0, limit));
        Assert.Equal(
            plans.Count(plan => plan.Outcome is not null),
            faults.All.Where(fault => plans.Any(plan => plan.Outcome?.Id == fault.Id)).Sum(fault => fault.Applied));
        Assert.Equal(FaultPlan.None, faults.Draw("twilio", isSend: false));
    }

    private static async Task<(int? Status, TimeSpan? RetryAfter)> AnswerAsync(Func<Task<HttpResponseMessage>> send)
    {
        try
        {
            using var answer = await send();
            return ((int)answer.StatusCode, answer.Headers.RetryAfter?.Delta);
        }
        catch (HttpRequestException)
        {
            return (null, null);
        }
    }
}
