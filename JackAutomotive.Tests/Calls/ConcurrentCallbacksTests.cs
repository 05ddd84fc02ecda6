using System.Net;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Calls;

public class ConcurrentCallbacksTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    [Fact]
    public async Task Concurrent_copies_of_a_calls_webhooks_on_two_instances_have_one_effect()
    {
        (string Name, string? Value)[] settings =
            [("Inbox:ProcessDeliveries", "true"), ("PUBLIC_BASE_URL", "https://hooks.example.com")];
        await using var first = fixture.Start(settings);
        await using var second = fixture.Start(settings);
        var twilio = new IncomingSmsDriver(new Uri("https://hooks.example.com"));
        var random = new Random(20261123);

        for (var round = 0; round < 5; round++)
        {
            var customer = IncomingSmsDriver.NewNumber();
            var transcription = PostCallDriver.Transcription(number: customer);
            var call = (string)transcription["data"]!["metadata"]!["phone_call"]!["call_sid"]!;
            var (recording, text) = (RecordingDriver.NewSid(), IncomingSmsDriver.NewSid());
            SignedRequest[] requests =
            [
                .. new VoiceStatusDriver(twilio).Answered(call, customer),
                new RecordingDriver(twilio).Status(recording, call, "in-progress"),
                new RecordingDriver(twilio).Status(recording, call, "completed"),
                new SmsStatusDriver(twilio).Status(text, "sent", customer),
                new SmsStatusDriver(twilio).Status(text, "delivered", customer),
                first.PostCall.Request(transcription),
            ];
            SignedRequest[] copies = [.. Enumerable.Repeat(requests, 5).SelectMany(request => request)];
            random.Shuffle(copies);

            var answers = await Task.WhenAll(copies.Select((request, i) => request.SendAsync((i % 2 == 0 ? first : second).Client)));
            Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
            await WaitUntilDoneAsync();

            var events = await fixture.ReadEventTypesAsync(customer);
            Assert.Single(events, type => type == "lead_created");
            Assert.Single(events, type => type == "recording_available");
            Assert.Single(events, type => type == "post_call_summary");
            Assert.Equal(
                "completed completed",
                await fixture.ReadAsync<string>(
                    """
                    SELECT calls.status || ' ' || recordings.status FROM calls JOIN recordings USING (call_sid)
                    JOIN leads ON leads.id = lead_id WHERE call_sid = $1 AND phone = $2
                    """,
                    call,
                    customer));
            Assert.Equal(
                "delivered", await fixture.ReadAsync<string>("SELECT status FROM message_states WHERE message_sid = $1", text));
            Assert.Equal(9 * (round + 1), await fixture.CountAsync("inbox"));
        }

        Assert.Equal(0, await fixture.CountAsync("inbox WHERE attempts > 1"));
    }

    private async Task WaitUntilDoneAsync()
    {
        while (await fixture.CountAsync("inbox WHERE state <> 'done'") > 0)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
