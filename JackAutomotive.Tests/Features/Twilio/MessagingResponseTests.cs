using System.Xml.Linq;
using Twilio.TwiML;
using Twilio.TwiML.Messaging;

namespace JackAutomotive.Tests.Features.Twilio;

public sealed class MessagingResponseTests
{
    private const string Declaration = """<?xml version="1.0" encoding="utf-8"?>""";

    [Fact]
    public void An_empty_response_is_an_element_with_an_end_tag() =>
        Assert.Equal(Declaration + Environment.NewLine + "<Response></Response>", new MessagingResponse().ToString());

    [Fact]
    public void A_message_is_escaped_and_indented()
    {
        var action = new Uri("https://example.com/s?a=1&b=2");
        var response = new MessagingResponse().Message("Tom & \"Jerry\" <3", to: "+12025550123", action: action);

        Assert.Equal(
            string.Join(
                Environment.NewLine,
                Declaration,
                "<Response>",
                """  <Message to="+12025550123" action="https://example.com/s?a=1&amp;b=2">Tom &amp; "Jerry" &lt;3</Message>""",
                "</Response>"),
            response.ToString());
    }

    [Fact]
    public void Without_formatting_all_is_on_one_line() =>
        Assert.Equal(
            Declaration + """<Response><Message>Hi</Message><Redirect>/next</Redirect></Response>""",
            new MessagingResponse().Message("Hi").Redirect(new Uri("/next", UriKind.Relative)).ToString(SaveOptions.DisableFormatting));

    [Fact]
    public void A_message_can_carry_media() =>
        Assert.Equal(
            Declaration + """<Response><Message><Body>Look</Body><Media>https://example.com/a.png</Media></Message></Response>""",
            new MessagingResponse()
                .Append(new Message().Body("Look").Media(new Uri("https://example.com/a.png")))
                .ToString(SaveOptions.DisableFormatting));
}
