using System.Net;
using System.Text.Json;
using JackAutomotive.ProviderSimulator.Twilio;
using JackAutomotive.Tests.Fixtures;
using Twilio.Exceptions;
using Twilio.Rest.Api.V2010.Account;
using Twilio.Types;
using CallRecordingResource = Twilio.Rest.Api.V2010.Account.Call.RecordingResource;

namespace JackAutomotive.Tests.Simulator;

public sealed class TwilioApiTests
{
    private const string Account = $"/2010-04-01/Accounts/{RunningSimulator.AccountSid}";

    [Fact]
    public async Task A_text_is_accepted_in_the_documented_shape()
    {
        await using var providers = await SimulatedProviders.StartAsync();

        using var answer = await providers.SendTextAsync(("Body", new string('a', 161)), ("MediaUrl", "https://example.com/car.jpg"));

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        var message = await SimulatedProviders.ReadAsync(answer);
        var sid = message.GetProperty("sid").GetString();
        Assert.Matches("^MM[0-9a-f]{32}$", sid);
        Assert.Equal("queued", message.GetProperty("status").GetString());
        Assert.Equal("2", message.GetProperty("num_segments").GetString());
        Assert.Equal("1", message.GetProperty("num_media").GetString());
        Assert.Equal("outbound-api", message.GetProperty("direction").GetString());
        Assert.Equal(RunningSimulator.AccountSid, message.GetProperty("account_sid").GetString());
        Assert.Equal(SimulatedProviders.Customer, message.GetProperty("to").GetString());
        Assert.Equal(RunningSimulator.PhoneNumber, message.GetProperty("from").GetString());
        Assert.Equal($"{Account}/Messages/{sid}.json", message.GetProperty("uri").GetString());
        Assert.Equal($"{Account}/Messages/{sid}/Media.json", message.GetProperty("subresource_uris").GetProperty("media").GetString());
        Assert.Matches(@"^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} \+0000$", message.GetProperty("date_created").GetString());
        Assert.All(
            (string[])["date_sent", "price", "error_code", "error_message", "messaging_service_sid"],
            name => Assert.Equal(JsonValueKind.Null, message.GetProperty(name).ValueKind));
    }

    [Fact]
    public async Task The_genuine_package_sends_reads_and_lists_texts()
    {
        await using var providers = await SimulatedProviders.StartAsync();
        var before = DateTime.UtcNow.AddSeconds(-2);

        var sent = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            var text = await MessageResource.CreateAsync(
                new CreateMessageOptions(new PhoneNumber(SimulatedProviders.Customer))
                {
                    From = new PhoneNumber(RunningSimulator.PhoneNumber),
                    Body = $"Text {i}",
                    StatusCallback = new Uri($"{providers.Webhooks.Address}/sms/status"),
                },
                providers.Twilio);
            Assert.Equal(MessageResource.StatusEnum.Queued, text.Status);
            sent.Insert(0, text.Sid);
        }

        using var other = await providers.SendTextAsync(("To", "+16145550199"));
        await Wait.UntilAsync(() => providers.TextStatuses.Count == 18, "three callbacks for each text");

        var read = await MessageResource.FetchAsync(sent[0], client: providers.Twilio);
        Assert.Equal(MessageResource.StatusEnum.Delivered, read.Status);
        Assert.NotNull(read.DateSent);
        var listed = await MessageResource.ReadAsync(
            to: new PhoneNumber(SimulatedProviders.Customer), from: new PhoneNumber(RunningSimulator.PhoneNumber), dateSentAfter: before,
            pageSize: 2, client: providers.Twilio);
        Assert.Equal(sent, listed.Select(text => text.Sid));
        Assert.Empty(await MessageResource.ReadAsync(dateSentAfter: DateTime.UtcNow.AddMinutes(1), client: providers.Twilio));
        Assert.Empty(await MessageResource.ReadAsync(dateSentBefore: before, client: providers.Twilio));
        Assert.Equal(6, (await MessageResource.ReadAsync(client: providers.Twilio)).Count());
    }

    [Fact]
    public async Task The_genuine_package_starts_reads_and_lists_calls_and_their_recordings()
    {
        await using var providers = await SimulatedProviders.StartAsync();

        var call = await CallResource.CreateAsync(
            new CreateCallOptions(new PhoneNumber(SimulatedProviders.Customer), new PhoneNumber(RunningSimulator.PhoneNumber))
            {
                Twiml = new Twiml("<Response/>"),
                Record = true,
                StatusCallback = new Uri($"{providers.Webhooks.Address}/voice/status"),
                StatusCallbackEvent = ["initiated", "ringing", "answered", "completed"],
            },
            providers.Twilio);

        Assert.Equal(CallResource.StatusEnum.Queued, call.Status);
        await Wait.UntilAsync(() => providers.CallStatuses.Count == 4, "all statuses");
        Assert.Equal(["initiated", "ringing", "in-progress", "completed"], providers.CallStatuses);
        var read = await CallResource.FetchAsync(call.Sid, client: providers.Twilio);
        Assert.Equal(CallResource.StatusEnum.Completed, read.Status);
        Assert.Equal("1", read.Duration);
        Assert.Equal(call.Sid, Assert.Single(await CallResource.ReadAsync(
            to: new PhoneNumber(SimulatedProviders.Customer), startTimeAfter: DateTime.UtcNow.AddMinutes(-1), client: providers.Twilio)).Sid);
        await Wait.UntilAsync(
            async () => (await CallRecordingResource.ReadAsync(call.Sid, client: providers.Twilio))
                .Any(recording => recording.Status == CallRecordingResource.StatusEnum.Completed),
            "the recording");
    }

    [Fact]
    public async Task A_call_reports_only_the_wanted_events_and_only_completed_by_default()
    {
        await using var providers = await SimulatedProviders.StartAsync();
        await providers.CommandAsync("/customers", new { calls = "busy" });

        using var first = await providers.StartCallAsync();
        await Wait.UntilAsync(() => providers.CallStatuses.Count == 1, "the end");
        using var second = await providers.StartCallAsync(("StatusCallbackEvent", "ringing completed"));
        await Wait.UntilAsync(() => providers.CallStatuses.Count == 3, "the ring and the end");

        Assert.Equal(["busy", "ringing", "busy"], providers.CallStatuses);
    }

    [Fact]
    public async Task Machine_detection_reports_a_voicemail_in_the_asynchronous_callback_too()
    {
        await using var providers = await SimulatedProviders.StartAsync();
        await providers.CommandAsync("/customers", new { calls = "voicemail" });

        using var answer = await providers.StartCallAsync(
            ("MachineDetection", "Enable"), ("AsyncAmd", "true"), ("AsyncAmdStatusCallback", $"{providers.Webhooks.Address}/voice/amd"),
            ("StatusCallbackEvent", "answered"));

        await Wait.UntilAsync(() => providers.Forms("/voice/amd").Count == 1, "the asynchronous callback");
        var sid = (await SimulatedProviders.ReadAsync(answer)).GetProperty("sid").GetString()!;
        Assert.Equal("machine_start", providers.Forms("/voice/amd")[0]["AnsweredBy"]);
        Assert.Equal(sid, providers.Forms("/voice/amd")[0]["CallSid"]);
        Assert.Equal("machine_start", providers.Forms("/voice/status")[0]["AnsweredBy"]);
        Assert.Equal("machine_start", (await providers.GetAsync($"{Account}/Calls/{sid}.json")).GetProperty("answered_by").GetString());
    }

    [Fact]
    public async Task Status_callbacks_are_in_order_and_signed_for_the_given_address()
    {
        await using var providers = await SimulatedProviders.StartAsync();
        var address = $"{providers.Webhooks.Address}/sms/status?a=%20x&lead=7";

        using var answer = await providers.SendTextAsync(("StatusCallback", address + "#rc=2&rp=5xx"));
        await Wait.UntilAsync(() => providers.TextStatuses.Count == 3, "all statuses");

        Assert.Equal(["sending", "sent", "delivered"], providers.TextStatuses);
        var sid = (await SimulatedProviders.ReadAsync(answer)).GetProperty("sid").GetString();
        Assert.All(providers.Webhooks.Received, request =>
        {
            var form = SimulatedProviders.Parse(request.Body);
            Assert.Equal(sid, form["MessageSid"]);
            Assert.Equal(RunningSimulator.AccountSid, form["AccountSid"]);
            Assert.Equal(
                TwilioSignature.Compute(RunningSimulator.AuthToken, address, [.. form]), request.Header("X-Twilio-Signature"));
        });
    }

    [Fact]
    public async Task A_callback_below_the_public_address_goes_to_the_target_and_is_signed_for_the_public_address()
    {
        await using var providers = await SimulatedProviders.StartAsync(("PUBLIC_BASE_URL", "https://cars.example/jack"));

        using var answer = await providers.SendTextAsync(("StatusCallback", "https://cars.example/jack/sms/status?lead=7"));
        await Wait.UntilAsync(() => providers.TextStatuses.Count == 3, "all statuses");

        var request = providers.Webhooks.Received[0];
        Assert.Equal($"{providers.Webhooks.Address}/sms/status?lead=7", request.Url);
        Assert.Equal(
            TwilioSignature.Compute(
                RunningSimulator.AuthToken, "https://cars.example/jack/sms/status?lead=7", [.. SimulatedProviders.Parse(request.Body)]),
            request.Header("X-Twilio-Signature"));
    }

    [Fact]
    public async Task A_text_of_a_messaging_service_is_accepted_first_and_gets_its_number_later()
    {
        await using var providers = await SimulatedProviders.StartAsync();
        var service = "MG0123456789abcdef0123456789abcdef";

        using var answer = await providers.SendTextAsync(("From", null), ("MessagingServiceSid", service));
        await Wait.UntilAsync(() => providers.TextStatuses.Count == 4, "all statuses");

        var message = await SimulatedProviders.ReadAsync(answer);
        Assert.Equal("accepted", message.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.Null, message.GetProperty("from").ValueKind);
        Assert.Equal(service, message.GetProperty("messaging_service_sid").GetString());
        Assert.Equal(["queued", "sending", "sent", "delivered"], providers.TextStatuses);
        Assert.All(providers.Forms("/sms/status"), form => Assert.Equal(service, form["MessagingServiceSid"]));
        var read = await providers.GetAsync($"{Account}/Messages/{message.GetProperty("sid").GetString()}.json");
        Assert.Equal(RunningSimulator.PhoneNumber, read.GetProperty("from").GetString());
    }

    [Theory]
    [InlineData(21604, "To", null)]
    [InlineData(21211, "To", "5550123")]
    [InlineData(21603, "From", null)]
    [InlineData(21212, "From", "Jack")]
    [InlineData(21606, "From", "+12025550199")]
    [InlineData(21266, "To", RunningSimulator.PhoneNumber)]
    [InlineData(21602, "Body", null)]
    [InlineData(21602, "Body", "")]
    [InlineData(21620, "MediaUrl", "car.jpg")]
    [InlineData(21609, "StatusCallback", "/sms/status")]
    [InlineData(21609, "StatusCallback", "http://my_host.example/sms/status")]
    [InlineData(21701, "MessagingServiceSid", "service")]
    public async Task A_text_with_a_wrong_field_is_rejected_with_Twilios_code(int code, string field, string? value)
    {
        await using var providers = await SimulatedProviders.StartAsync();

        using var answer = await providers.SendTextAsync((field, value));

        await AssertErrorAsync(answer, HttpStatusCode.BadRequest, code);
        Assert.Equal(0, (await providers.GetAsync("/ledger")).GetProperty("texts").GetInt32());
    }

    [Fact]
    public async Task A_text_has_at_most_1600_characters_and_ten_media()
    {
        await using var providers = await SimulatedProviders.StartAsync();
        var media = Enumerable.Range(0, 11).Select(i => ("MediaUrl", (string?)$"https://example.com/{i}.jpg")).ToArray();

        using var longest = await providers.SendTextAsync(("Body", new string('a', 1600)));
        using var tooLong = await providers.SendTextAsync(("Body", new string('a', 1601)));
        using var tooMany = await providers.SendTextAsync(media);

        Assert.Equal(HttpStatusCode.Created, longest.StatusCode);
        await AssertErrorAsync(tooLong, HttpStatusCode.BadRequest, 21617);
        await AssertErrorAsync(tooMany, HttpStatusCode.BadRequest, 21623);
    }

    [Theory]
    [InlineData(21201, "To", null)]
    [InlineData(21211, "To", "5550123")]
    [InlineData(21213, "From", null)]
    [InlineData(21210, "From", "+12025550199")]
    [InlineData(21205, "Url", null)]
    [InlineData(21205, "Url", "twiml")]
    public async Task A_call_with_a_wrong_field_is_rejected_with_Twilios_code(int code, string field, string? value)
    {
        await using var providers = await SimulatedProviders.StartAsync();

        using var answer = await providers.StartCallAsync((field, value));

        await AssertErrorAsync(answer, HttpStatusCode.BadRequest, code);
    }

    [Fact]
    public async Task A_text_after_STOP_is_rejected_until_the_customer_sends_START()
    {
        await using var providers = await SimulatedProviders.StartAsync();

        await providers.CommandAsync("/commands/send-text", new { from = SimulatedProviders.Customer, body = " Stop " });
        using var stopped = await providers.SendTextAsync();
        await providers.CommandAsync("/commands/send-text", new { from = SimulatedProviders.Customer, body = "start over please" });
        using var stillStopped = await providers.SendTextAsync();
        await providers.CommandAsync("/commands/send-text", new { from = SimulatedProviders.Customer, body = "start" });
        using var started = await providers.SendTextAsync();

        await AssertErrorAsync(stopped, HttpStatusCode.BadRequest, 21610);
        await AssertErrorAsync(stillStopped, HttpStatusCode.BadRequest, 21610);
        Assert.Equal(HttpStatusCode.Created, started.StatusCode);
        Assert.Equal(1, (await providers.GetAsync("/ledger")).GetProperty("texts").GetInt32());
    }

    [Theory]
    [InlineData("delivered", null, "sending", "sent", "delivered")]
    [InlineData("sent", null, "sending", "sent")]
    [InlineData("undelivered", 30006, "sending", "sent", "undelivered 30006")]
    [InlineData("failed", 21610, "failed 21610")]
    [InlineData("failed", null, "failed 30008")]
    public async Task A_described_number_decides_what_becomes_of_its_texts(string texts, int? errorCode, params string[] statuses)
    {
        await using var providers = await SimulatedProviders.StartAsync();
        await providers.CommandAsync("/customers", new { number = SimulatedProviders.Customer, texts, errorCode });

        using var answer = await providers.SendTextAsync();
        await Wait.UntilAsync(() => providers.TextStatuses.Count == statuses.Length, "all statuses");

        Assert.Equal(statuses, providers.TextStatuses);
        var sid = (await SimulatedProviders.ReadAsync(answer)).GetProperty("sid").GetString();
        var read = await providers.GetAsync($"{Account}/Messages/{sid}.json");
        Assert.Equal(statuses[^1], $"{read.GetProperty("status").GetString()} {read.GetProperty("error_code")}".TrimEnd());
    }

    [Fact]
    public async Task A_rejected_text_makes_the_genuine_package_throw_with_code_and_status()
    {
        await using var providers = await SimulatedProviders.StartAsync();
        await providers.CommandAsync("/customers", new { texts = "rejected", errorCode = 21614 });

        var failure = await Assert.ThrowsAsync<ApiException>(() => MessageResource.CreateAsync(
            new CreateMessageOptions(new PhoneNumber(SimulatedProviders.Customer))
            {
                From = new PhoneNumber(RunningSimulator.PhoneNumber),
                Body = "Hello",
            },
            providers.Twilio));

        Assert.Equal((21614, 400), (failure.Code, failure.Status));
        Assert.Equal("https://www.twilio.com/docs/errors/21614", failure.MoreInfo);
    }

    [Fact]
    public async Task Only_the_account_with_its_token_and_the_API_key_may_use_the_API()
    {
        await using var providers = await SimulatedProviders.StartAsync(
            ("TWILIO_API_KEY_SID", "SK0123456789abcdef0123456789abcdef"), ("TWILIO_API_KEY_SECRET", "secret-of-the-key"));

        var key = providers.CreateTwilioClient("SK0123456789abcdef0123456789abcdef", "secret-of-the-key");
        Assert.Empty(await MessageResource.ReadAsync(client: key));
        Assert.Empty(await MessageResource.ReadAsync(
            client: providers.CreateTwilioClient(RunningSimulator.AccountSid, "token-being-retired")));
        foreach (var (user, password) in ((string, string)[])
            [(RunningSimulator.AccountSid, "wrong"), ("SK0123456789abcdef0123456789abcdef", RunningSimulator.AuthToken), ("", "")])
        {
            var failure = await Assert.ThrowsAsync<ApiException>(
                () => MessageResource.ReadAsync(client: providers.CreateTwilioClient(user, password)));
            Assert.Equal((20003, 401), (failure.Code, failure.Status));
        }

        using var anonymous = await providers.Http.GetAsync(new Uri($"{Account}/Messages.json", UriKind.Relative), TestContext.Current.CancellationToken);
        await AssertErrorAsync(anonymous, HttpStatusCode.Unauthorized, 20003);
    }

    [Theory]
    [InlineData($"{Account}/Messages/SM00000000000000000000000000000000.json")]
    [InlineData($"{Account}/Calls/CA00000000000000000000000000000000.json")]
    [InlineData("/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json")]
    public async Task An_unknown_resource_and_another_account_are_not_found(string path)
    {
        await using var providers = await SimulatedProviders.StartAsync();

        var error = await providers.GetAsync(path);

        Assert.Equal((20404, 404), (error.GetProperty("code").GetInt32(), error.GetProperty("status").GetInt32()));
    }

    private static async Task AssertErrorAsync(HttpResponseMessage answer, HttpStatusCode status, int code)
    {
        Assert.Equal(status, answer.StatusCode);
        var error = await SimulatedProviders.ReadAsync(answer);
        Assert.Equal(code, error.GetProperty("code").GetInt32());
        Assert.Equal((int)status, error.GetProperty("status").GetInt32());
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
        Assert.Equal($"https://www.twilio.com/docs/errors/{code}", error.GetProperty("more_info").GetString());
    }
}
