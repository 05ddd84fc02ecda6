using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using JackAutomotive.ProviderSimulator.Scenarios;
using Microsoft.AspNetCore.WebUtilities;

namespace JackAutomotive.Tests.Simulator;

public sealed class SalesStoryCommandTests
{
    [Fact]
    public async Task A_sales_story_is_posted_in_its_order()
    {
        await using var stub = await WebhookStub.StartAsync();
        await using var simulator = new RunningSimulator(stub.Address);
        using var client = simulator.CreateClient();

        using var answer = await client.PostAsJsonAsync(
            "/commands/play-sales-story", new { daySeconds = 0, from = "+12025550142", seed = 5 }, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var texts = stub.Received.Where(request => request.Url.EndsWith("/sms/incoming", StringComparison.Ordinal))
            .Select(request => QueryHelpers.ParseQuery(Encoding.UTF8.GetString(request.Body))).ToList();
        Assert.Equal(SalesStory.Moments.Count(moment => moment.Text is not null), texts.Count);
        Assert.All(texts, text => Assert.Equal("+12025550142", text["From"].ToString()));
        Assert.Equal("2", texts[2]["NumMedia"].ToString());
        Assert.Contains("stop texting", texts[^1]["Body"].ToString(), StringComparison.Ordinal);
        var calls = stub.Received.Where(request => request.Url.EndsWith("/post-call", StringComparison.Ordinal)).ToList();
        var call = JsonDocument.Parse(Assert.Single(calls).Body).RootElement.GetProperty("data");
        Assert.Equal("outbound", call.GetProperty("metadata").GetProperty("phone_call").GetProperty("direction").GetString());
    }

    [Fact]
    public void A_day_of_the_story_takes_the_real_time_of_its_clock()
    {
        var clock = new StoryClock(new DateTimeOffset(2026, 11, 24, 5, 0, 0, TimeSpan.Zero), TimeSpan.FromMinutes(2));

        Assert.Equal(TimeSpan.FromMinutes(3), clock.ToReal(TimeSpan.FromHours(36)));
        Assert.Equal(clock.BeganAt.AddMinutes(2), clock.TimeOf(TimeSpan.FromDays(1)));
        Assert.Equal(SalesStory.Moments.OrderBy(moment => moment.At), SalesStory.Moments);
    }
}
