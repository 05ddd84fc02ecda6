using System.Text;
using Microsoft.AspNetCore.Http;
using Twilio.Clients;
using Twilio.Exceptions;
using Twilio.Http;
using Twilio.Rest.Api.V2010.Account;
using Twilio.Types;
using static JackAutomotive.Tests.Features.Twilio.TwilioStub;
using TwilioMethod = Twilio.Http.HttpMethod;

namespace JackAutomotive.Tests.Features.Twilio;

public sealed class TwilioClientTests
{
    private const string QueuedMessage = """
        {
          "account_sid": "AC00000000000000000000000000000001",
          "api_version": "2010-04-01",
          "body": "Hello & goodbye",
          "date_created": "Thu, 30 Jul 2026 20:12:31 +0000",
          "date_sent": null,
          "date_updated": "Thu, 30 Jul 2026 22:12:33 +0200",
          "direction": "outbound-api",
          "error_code": null,
          "error_message": null,
          "from": "+12025550100",
          "messaging_service_sid": null,
          "num_media": "0",
          "num_segments": "1",
          "price": null,
          "price_unit": "USD",
          "sid": "SM00000000000000000000000000000001",
          "status": "queued",
          "subresource_uris": { "media": "/2010-04-01/Accounts/AC1/Messages/SM1/Media.json" },
          "to": "+12025550123",
          "uri": "/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages/SM00000000000000000000000000000001.json"
        }
        """;

    [Fact]
    public async Task Creating_a_message_posts_a_form_with_basic_authentication()
    {
        await using var twilio = await StartAsync(201, QueuedMessage);

        await MessageResource.CreateAsync(
            new CreateMessageOptions(new PhoneNumber("+12025550123"))
            {
                From = "+12025550100",
                Body = "Hello & goodbye, é",
                StatusCallback = new Uri("https://example.com/status?lead=1"),
                MediaUrl = [new Uri("https://example.com/a.png"), new Uri("https://example.com/b.png")],
                ValidityPeriod = 600,
                SmartEncoded = true,
            },
            twilio.Client);

        var request = Assert.Single(twilio.Requests);
        Assert.Equal("POST", request.Method);
        Assert.Equal($"/2010-04-01/Accounts/{AccountSid}/Messages.json", request.Target);
        Assert.Equal("application/x-www-form-urlencoded", request.Headers["Content-Type"]);
        var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{AccountSid}:{AuthToken}"));
        Assert.Equal($"Basic {credentials}", request.Headers["Authorization"]);
        Assert.Equal(
            "To=%2B12025550123&StatusCallback=https%3A%2F%2Fexample.com%2Fstatus%3Flead%3D1&ValidityPeriod=600&SmartEncoded=true"
            + "&From=%2B12025550100&Body=Hello+%26+goodbye%2C+%C3%A9"
            + "&MediaUrl=https%3A%2F%2Fexample.com%2Fa.png&MediaUrl=https%3A%2F%2Fexample.com%2Fb.png",
            request.Body);
    }

    [Fact]
    public async Task A_created_message_has_what_Twilio_answered()
    {
        await using var twilio = await StartAsync(201, QueuedMessage);

        var message = await MessageResource.CreateAsync(new CreateMessageOptions("+12025550123") { Body = "x" }, twilio.Client);

        Assert.Equal("SM00000000000000000000000000000001", message.Sid);
        Assert.Equal(MessageResource.StatusEnum.Queued, message.Status);
        Assert.Equal("queued", message.Status?.ToString());
        Assert.Equal(MessageResource.DirectionEnum.OutboundApi, message.Direction);
        Assert.Equal("+12025550100", message.From?.ToString());
        Assert.Equal("+12025550123", message.To);
        Assert.Equal("Hello & goodbye", message.Body);
        Assert.Equal("1", message.NumSegments);
        Assert.Null(message.ErrorCode);
        Assert.Null(message.Price);
        Assert.Null(message.DateSent);
        Assert.Equal(new DateTime(2026, 7, 30, 20, 12, 31, DateTimeKind.Utc), message.DateCreated?.ToUniversalTime());
        Assert.Equal(new DateTime(2026, 7, 30, 20, 12, 33, DateTimeKind.Utc), message.DateUpdated?.ToUniversalTime());
        Assert.EndsWith("/Media.json", message.SubresourceUris?["media"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fetched_message_may_have_failed_and_have_a_status_unknown_to_us()
    {
        await using var twilio = await StartAsync(200, """{"sid":"SM1","status":"evaporated","error_code":30003}""");

        var message = await MessageResource.FetchAsync("SM1", client: twilio.Client);

        var request = Assert.Single(twilio.Requests);
        Assert.Equal(("GET", $"/2010-04-01/Accounts/{AccountSid}/Messages/SM1.json"), (request.Method, request.Target));
        Assert.Equal(30003, message.ErrorCode);
        Assert.Equal("evaporated", message.Status?.ToString());
        Assert.NotEqual(MessageResource.StatusEnum.Failed, message.Status);
    }

    [Fact]
    public async Task Reading_messages_filters_and_follows_the_pages()
    {
        const string SecondPage = "/2010-04-01/Accounts/AC1/Messages.json?PageSize=2&Page=1&PageToken=PASM2";
        await using var twilio = await StartAsync((request, context) => context.Response.WriteAsync(request.Target == SecondPage
            ? """{"messages":[{"sid":"SM3"}],"next_page_uri":null}"""
            : $$"""{"messages":[{"sid":"SM1"},{"sid":"SM2"}],"next_page_uri":"{{SecondPage}}"}"""));

        var options = new ReadMessageOptions
        {
            To = "+12025550123",
            DateSentAfter = new DateTime(2026, 11, 23, 8, 30, 0, DateTimeKind.Utc),
            PageSize = 2,
        };
        var messages = await MessageResource.ReadAsync(options, twilio.Client);

        Assert.Equal(["SM1", "SM2", "SM3"], messages.Select(message => message.Sid));
        Assert.Equal(
            [
                $"/2010-04-01/Accounts/{AccountSid}/Messages.json?To=%2B12025550123&DateSent%3E=2026-11-23T08%3A30%3A00Z&PageSize=2",
                SecondPage,
            ],
            twilio.Requests.Select(request => request.Target));
        Assert.All(twilio.Requests, request => Assert.StartsWith("Basic ", request.Headers["Authorization"], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reading_stops_at_the_limit_without_asking_for_more()
    {
        await using var twilio = await StartAsync(200, """{"messages":[{"sid":"SM1"},{"sid":"SM2"}],"next_page_uri":"/next"}""");

        var messages = await MessageResource.ReadAsync(new ReadMessageOptions { Limit = 2 }, twilio.Client);

        Assert.Equal(["SM1", "SM2"], messages.Select(message => message.Sid));
        Assert.EndsWith("?PageSize=2", Assert.Single(twilio.Requests).Target, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fetched_call_has_its_status_and_times()
    {
        await using var twilio = await StartAsync(200, """
            {"sid":"CA1","status":"no-answer","start_time":"Mon, 23 Nov 2026 08:30:00 +0000","end_time":null,"duration":"0"}
            """);

        var call = await CallResource.FetchAsync("CA1", client: twilio.Client);

        Assert.Equal($"/2010-04-01/Accounts/{AccountSid}/Calls/CA1.json", twilio.Requests[0].Target);
        Assert.Equal(CallResource.StatusEnum.NoAnswer, call.Status);
        Assert.Equal(new DateTime(2026, 11, 23, 8, 30, 0, DateTimeKind.Utc), call.StartTime?.ToUniversalTime());
        Assert.Null(call.EndTime);
        Assert.Equal("0", call.Duration);
    }

    [Theory]
    [InlineData(400, 21211, "Invalid 'To' Phone Number")]
    [InlineData(401, 20003, "Authenticate")]
    [InlineData(429, 20429, "Too Many Requests")]
    [InlineData(503, 20503, "Service unavailable")]
    public async Task An_error_of_Twilio_keeps_code_status_and_message(int status, int code, string message)
    {
        await using var twilio = await StartAsync(status, $$"""
            {
              "code": {{code}},
              "message": "{{message}}",
              "more_info": "https://www.twilio.com/docs/errors/{{code}}",
              "status": {{status}},
              "details": { "field": "To" }
            }
            """);

        var error = await Assert.ThrowsAsync<ApiException>(() => SendAsync(twilio.Client));

        Assert.Equal((code, status, message), (error.Code, error.Status, error.Message));
        Assert.Equal($"https://www.twilio.com/docs/errors/{code}", error.MoreInfo);
        Assert.Equal("To", error.Details?["field"].ToString());
        Assert.Single(twilio.Requests);
    }

    [Theory]
    [InlineData("{}", 0, "Unable to make request, NotFound")]
    [InlineData("""{"title":"No such thing","code":70002}""", 70002, "Unable to make request, NotFound")]
    public async Task An_error_body_may_be_incomplete(string body, int code, string message)
    {
        await using var twilio = await StartAsync(404, body);

        var error = await Assert.ThrowsAsync<ApiException>(() => MessageResource.FetchAsync("SM1", client: twilio.Client));

        Assert.Equal((code, 404, message), (error.Code, error.Status, error.Message));
    }

    [Theory]
    [InlineData("<html>Bad gateway</html>", "text/html")]
    [InlineData("", "application/json")]
    [InlineData("null", "application/json")]
    public async Task An_error_that_is_not_of_Twilio_has_no_code_and_no_status(string body, string contentType)
    {
        await using var twilio = await StartAsync(502, body, contentType);

        var error = await Assert.ThrowsAsync<ApiException>(() => SendAsync(twilio.Client));

        Assert.Equal((0, 0), (error.Code, error.Status));
        Assert.Equal($"Api Error: BadGateway - {body}", error.Message);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"sid":"SM1","date_created":"soon"}""")]
    public async Task A_success_that_cannot_be_read_is_an_error(string body)
    {
        await using var twilio = await StartAsync(201, body);

        await Assert.ThrowsAsync<ApiException>(() => SendAsync(twilio.Client));
    }

    [Fact]
    public async Task An_answer_that_comes_too_late_is_no_answer()
    {
        await using var twilio = await StartAsync(
            (_, context) => Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default),
            timeout: TimeSpan.FromMilliseconds(300));

        var error = await Assert.ThrowsAsync<ApiConnectionException>(() => SendAsync(twilio.Client));

        Assert.IsType<TaskCanceledException>(error.InnerException);
        Assert.Equal($"Connection Error: POSThttps://api.twilio.com/2010-04-01/Accounts/{AccountSid}/Messages.json", error.Message);
        Assert.Single(twilio.Requests);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_no_answer_and_is_not_tried_again()
    {
        await using var twilio = await StartAsync((_, context) =>
        {
            context.Abort();
            return Task.CompletedTask;
        });

        var error = await Assert.ThrowsAsync<ApiConnectionException>(() => SendAsync(twilio.Client));

        Assert.IsType<HttpRequestException>(error.InnerException);
        Assert.Single(twilio.Requests);
    }

    [Fact]
    public async Task A_request_without_a_client_says_so() =>
        await Assert.ThrowsAsync<AuthenticationException>(() => MessageResource.FetchAsync("SM1"));

    [Theory]
    [InlineData(null, null, "https://api.twilio.com/x")]
    [InlineData("ie1", null, "https://api.ie1.twilio.com/x")]
    [InlineData(null, "dublin", "https://api.dublin.us1.twilio.com/x")]
    [InlineData("ie1", "dublin", "https://api.dublin.ie1.twilio.com/x")]
    public void Region_and_edge_are_part_of_the_host(string? region, string? edge, string url)
    {
        var request = new Request(TwilioMethod.Get, "https://api.twilio.com/x") { Region = region, Edge = edge };

        Assert.Equal(url, request.ConstructUrl().AbsoluteUri);
    }

    [Fact]
    public void Statuses_are_compared_by_value()
    {
        MessageResource.StatusEnum sent = "sent";
        MessageResource.StatusEnum? none = null;

        Assert.True(sent == MessageResource.StatusEnum.Sent);
        Assert.True(sent != MessageResource.StatusEnum.Read);
        Assert.True(none == null);
        Assert.False(none == sent);
        Assert.Equal(sent.GetHashCode(), MessageResource.StatusEnum.Sent.GetHashCode());
    }

    private static Task<MessageResource> SendAsync(ITwilioRestClient client) =>
        MessageResource.CreateAsync(new CreateMessageOptions("+12025550123") { From = "+12025550100", Body = "x" }, client);
}
