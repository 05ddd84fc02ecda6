using System.ComponentModel.DataAnnotations;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>The story of one buyer over several days, which take less time than real days.</summary>
internal sealed record PlaySalesStoryRequest : PlayRequest
{
    /// <summary>The customer's number, in E.164; null invents a customer.</summary>
    [RegularExpression(PhoneNumbers.Pattern, ErrorMessage = "Must be in E.164, such as +12025550123.")]
    public string? From { get; init; }

    /// <summary>The duration of a day of the story in seconds; 0 posts as fast as possible.</summary>
    [Range(0, 86_400)]
    public double DaySeconds { get; init; } = 5;
}

/// <summary>Posts the webhooks of a sales story on the story's own clock.</summary>
internal sealed class PlaySalesStory(SalesStoryWebhooks story, CallStory calls, Courier courier, TimeProvider time)
{
    public const string Name = "play-sales-story";

    /// <exception cref="SettingMissingException">A secret is missing.</exception>
    public async Task<CommandResult> RunAsync(PlaySalesStoryRequest request, CancellationToken cancellationToken)
    {
        using var activity = SimulatorTelemetry.Source.StartActivity(Name);
        var started = time.GetTimestamp();
        var seed = request.Seed ?? Random.Shared.Next();
        activity?.SetTag("jackautomotive.seed", seed);
        calls.RequireSecrets();

        var random = new Random(seed);
        var person = People.Invent(random, request.From);

        // The story begins with its first moment and not with the night before.
        var first = SalesStory.Moments[0].At;
        var clock = new StoryClock(time.GetUtcNow(), TimeSpan.FromSeconds(request.DaySeconds));
        clock = clock with { BeganAt = clock.BeganAt - clock.ToReal(first) };
        StoryStep[] steps =
        [
            .. from moment in story.Build(person, random, clock)
            from webhook in moment.Webhooks
            select new StoryStep(clock.ToReal(moment.Moment.At - first), webhook),
        ];
        var deliveries = await courier.PostInOrderAsync(steps, request.Faults, seed, cancellationToken);
        return CommandResult.Of(Name, seed, time.GetElapsedTime(started), deliveries);
    }

    /// <summary>POST /commands/play-sales-story</summary>
    internal static async Task<IResult> Handle(PlaySalesStoryRequest? request, PlaySalesStory command, CancellationToken cancellationToken) =>
        Problems.ResultOrProblem(await command.RunAsync(request ?? new PlaySalesStoryRequest(), cancellationToken));
}
