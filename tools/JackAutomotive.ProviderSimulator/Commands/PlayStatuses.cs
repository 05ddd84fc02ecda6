using System.ComponentModel.DataAnnotations;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;
using JackAutomotive.ProviderSimulator.Twilio;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>A telephone call and a text, as Twilio's callbacks report them.</summary>
internal sealed record PlayStatusesRequest : PlayRequest
{
    /// <summary>The customer's number, in E.164; null invents a customer.</summary>
    [RegularExpression(PhoneNumbers.Pattern, ErrorMessage = "Must be in E.164, such as +12025550123.")]
    public string? From { get; init; }

    /// <summary>How the call ends: answered, voicemail, busy, no_answer or failed.</summary>
    [RegularExpression("answered|voicemail|busy|no_answer|failed",
        ErrorMessage = "Must be answered, voicemail, busy, no_answer or failed.")]
    public string Result { get; init; } = "answered";
}

/// <summary>Posts Twilio's callbacks for a call and a text in sequence.</summary>
internal sealed class PlayStatuses(TwilioWebhooks webhooks, Courier courier, IOptions<TwilioOptions> twilio, TimeProvider time)
{
    public const string Name = "play-statuses";

    /// <exception cref="SettingMissingException">The auth token is missing.</exception>
    public async Task<CommandResult> RunAsync(PlayStatusesRequest request, CancellationToken cancellationToken)
    {
        using var activity = SimulatorTelemetry.Source.StartActivity(Name);
        var started = time.GetTimestamp();
        var seed = request.Seed ?? Random.Shared.Next();
        var random = new Random(seed);
        var customer = People.Invent(random, request.From).Phone;
        var dealership = twilio.Value.PhoneNumber;
        var call = new TelephoneCall(
            "CA" + random.Hex(32), customer, dealership, IsInbound: true, request.Result, time.GetUtcNow(), random.Next(20, 300));
        TwilioCallback[] callbacks = [.. call.Callbacks(random), .. SentText.Callbacks("SM" + random.Hex(32), customer, dealership)];
        var story = callbacks.Select(callback => new StoryStep(TimeSpan.Zero, webhooks.Of(callback, random.Guid()))).ToList();

        activity?.SetTag("jackautomotive.seed", seed);
        var deliveries = await courier.PostInOrderAsync(story, request.Faults, seed, cancellationToken);
        return CommandResult.Of(Name, seed, time.GetElapsedTime(started), deliveries);
    }

    /// <summary>POST /commands/play-statuses</summary>
    internal static async Task<IResult> Handle(PlayStatusesRequest? request, PlayStatuses command, CancellationToken cancellationToken) =>
        Problems.ResultOrProblem(await command.RunAsync(request ?? new PlayStatusesRequest(), cancellationToken));
}
