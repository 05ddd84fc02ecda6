using System.Globalization;
using JackAutomotive.ProviderSimulator.Apis;

namespace JackAutomotive.ProviderSimulator.Twilio.Api;

/// <summary>An error as Twilio's API answers it.</summary>
internal sealed record TwilioError(int Code, string Message, string MoreInfo, int Status);

/// <summary>Every error that the simulated API answers with. The codes and texts are Twilio's.</summary>
internal static class TwilioErrors
{
    public static IResult Authenticate => Create(20003, "Authenticate", StatusCodes.Status401Unauthorized);

    /// <summary>The answer with a status that the request did not cause.</summary>
    public static IResult OfStatus(int status) => status == StatusCodes.Status429TooManyRequests
        ? Create(20429, "Too Many Requests", status)
        : Create(20000 + status, "Internal Server Error", status);

    public static IResult NotFound(HttpRequest request) =>
        Create(20404, $"The requested resource {request.Path} was not found", StatusCodes.Status404NotFound);

    /// <summary>400 with the code and the text.</summary>
    public static IResult Create(int code, string message, int status = StatusCodes.Status400BadRequest) => TypedResults.Json(
        new TwilioError(code, message, string.Create(CultureInfo.InvariantCulture, $"https://www.twilio.com/docs/errors/{code}"), status),
        TwilioJson.Options, statusCode: status);

    /// <summary>The answer to a text that the customer's number does not accept; null if the number accepts texts.</summary>
    public static IResult? RejectText(Customer customer, string to) => customer switch
    {
        { OptedOut: true } => Create(21610, "Attempt to send to unsubscribed recipient"),
        { Texts: "rejected" } => RejectText(customer.ErrorCode ?? 21612, PhoneNumbers.Mask(to)),
        _ => null,
    };

    private static IResult RejectText(int code, string to) => code switch
    {
        20429 => OfStatus(StatusCodes.Status429TooManyRequests),
        21211 => Create(code, $"The 'To' number {to} is not a valid phone number."),
        21408 => Create(code, $"Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {to}."),
        21608 => Create(code, $"The number {to} is unverified. Trial accounts cannot send messages to unverified numbers."),
        21610 => Create(code, "Attempt to send to unsubscribed recipient"),
        21611 => Create(code, "This 'From' number has exceeded the maximum number of queued messages", StatusCodes.Status429TooManyRequests),
        21612 => Create(code, "The 'To' phone number provided is not currently reachable via SMS"),
        21614 => Create(code, $"'To' number {to} is not a mobile number"),
        _ => Create(code, "The message cannot be sent."),
    };
}
