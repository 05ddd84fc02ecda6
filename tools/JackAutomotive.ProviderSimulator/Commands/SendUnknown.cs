using System.ComponentModel.DataAnnotations;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>ElevenLabs starts to send a new type of webhook.</summary>
internal sealed record SendUnknownRequest : PlayRequest
{
    /// <summary>The customer's number, in E.164; null invents a customer.</summary>
    [RegularExpression(PhoneNumbers.Pattern, ErrorMessage = "Must be in E.164, such as +12025550123.")]
    public string? From { get; init; }
}

/// <summary>Posts a signed post-call webhook of a type that no receiver knows.</summary>
internal sealed class SendUnknown(CallStory stories, Courier courier, TimeProvider time)
{
    public const string Name = "send-unknown";

    /// <exception cref="SettingMissingException">The signing secret is missing.</exception>
    public async Task<CommandResult> RunAsync(SendUnknownRequest request, CancellationToken cancellationToken)
    {
        using var activity = SimulatorTelemetry.Source.StartActivity(Name);
        var started = time.GetTimestamp();
        var seed = request.Seed ?? Random.Shared.Next();
        var random = new Random(seed);
        var unknown = stories.Unknown(People.Invent(random, request.From), random, time.GetUtcNow());
        var deliveries = await courier.PostInOrderAsync([new(TimeSpan.Zero, unknown)], request.Faults, seed, cancellationToken);
        return CommandResult.Of(Name, seed, time.GetElapsedTime(started), deliveries);
    }

    /// <summary>POST /commands/send-unknown</summary>
    internal static async Task<IResult> Handle(SendUnknownRequest? request, SendUnknown command, CancellationToken cancellationToken) =>
        Problems.ResultOrProblem(await command.RunAsync(request ?? new SendUnknownRequest(), cancellationToken));
}
