using JackAutomotive.ProviderSimulator.Posting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>Every problem that a command can answer with.</summary>
internal static class Problems
{
    /// <summary>
    /// Answers with the result, or with 502 if the target's answer to a webhook is wrong. The 502 contains that answer and the result.
    /// </summary>
    public static IResult ResultOrProblem(CommandResult result) => result switch
    {
        { AllAsItShouldBe: true } => TypedResults.Ok(result),
        { Refused: 0 } => WrongAnswer(
            $"{result.Corrupted - result.RefusedAsTheyShouldBe} of {result.Corrupted} corrupt webhooks were not refused.", result),
        _ => WrongAnswer($"{result.Refused} of {result.Sent} webhooks were not accepted.", result),
    };

    /// <summary>503: the provider cannot be simulated until the setting exists.</summary>
    public static IResult SettingMissing(SettingMissingException missing) => TypedResults.Problem(
        missing.Message, statusCode: StatusCodes.Status503ServiceUnavailable, title: "A setting is missing",
        extensions: [new("setting", missing.Setting)]);

    /// <summary>400: the request breaks a validation rule.</summary>
    public static IResult Invalid(IDictionary<string, string[]> errors) => TypedResults.ValidationProblem(errors);

    /// <summary>Describes one answer in a few words.</summary>
    public static string Describe(Delivery delivery) => delivery switch
    {
        { Status: null } => $"{delivery.Title}",
        { Accepted: true } => "200",
        _ => $"The target answered {delivery.Status}: {delivery.Title}",
    };

    private static ProblemHttpResult WrongAnswer(string summary, CommandResult result) => TypedResults.Problem(
        $"{summary} {Describe(result.Deliveries[0])}",
        statusCode: StatusCodes.Status502BadGateway, title: "The target gave a wrong answer", extensions: [new("result", result)]);
}
