using JackAutomotive.ProviderSimulator.Posting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>Every problem that a command can answer with.</summary>
internal static class Problems
{
    /// <summary>
    /// The result itself, or 502 if a webhook was not answered as it should be: with the target's own words and the result beside them.
    /// </summary>
    public static IResult UnlessAsItShouldBe(CommandResult result) => result switch
    {
        { AllAsItShouldBe: true } => TypedResults.Ok(result),
        { Refused: 0 } => Refused(
            $"{result.Corrupted - result.RefusedAsTheyShouldBe} of {result.Corrupted} corrupt webhooks were not refused.", result),
        _ => Refused($"{result.Refused} of {result.Sent} webhooks were not accepted.", result),
    };

    /// <summary>503: the provider cannot be played until a setting is there.</summary>
    public static IResult SettingMissing(SettingMissingException missing) => TypedResults.Problem(
        missing.Message, statusCode: StatusCodes.Status503ServiceUnavailable, title: "A setting is missing",
        extensions: [new("setting", missing.Setting)]);

    /// <summary>400: the request asks for what is not allowed.</summary>
    public static IResult Invalid(IDictionary<string, string[]> errors) => TypedResults.ValidationProblem(errors);

    /// <summary>One answer in a few words.</summary>
    public static string Describe(Delivery delivery) => delivery switch
    {
        { Status: null } => $"{delivery.Title}",
        { Accepted: true } => "200",
        _ => $"It answered {delivery.Status}: {delivery.Title}",
    };

    private static ProblemHttpResult Refused(string what, CommandResult result) => TypedResults.Problem(
        $"{what} {Describe(result.Deliveries[0])}",
        statusCode: StatusCodes.Status502BadGateway, title: "The target answered wrongly", extensions: [new("result", result)]);
}
