using JackAutomotive.ProviderSimulator.Posting;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>Every problem that a command can answer with.</summary>
internal static class Problems
{
    /// <summary>The result itself, or 502 if a webhook was refused: with the target's own words and the result beside them.</summary>
    public static IResult RefusedUnlessAccepted(CommandResult result) => result.Deliveries is [{ Accepted: false } refused, ..]
        ? TypedResults.Problem(
            $"{result.Refused} of {result.Sent} webhooks were not accepted. {Describe(refused)}",
            statusCode: StatusCodes.Status502BadGateway, title: "The target refused", extensions: [new("result", result)])
        : TypedResults.Ok(result);

    /// <summary>503: the provider cannot be played until a setting is there.</summary>
    public static IResult SettingMissing(SettingMissingException missing) => TypedResults.Problem(
        missing.Message, statusCode: StatusCodes.Status503ServiceUnavailable, title: "A setting is missing",
        extensions: [new("setting", missing.Setting)]);

    /// <summary>400: the request asks for what is not allowed.</summary>
    public static IResult Invalid(IDictionary<string, string[]> errors) => TypedResults.ValidationProblem(errors);

    /// <summary>One refusal in a sentence.</summary>
    public static string Describe(Delivery refused) =>
        refused.Status is null ? $"{refused.Title}" : $"It answered {refused.Status}: {refused.Title}";
}
