using System.ComponentModel.DataAnnotations;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;
using JackAutomotive.ProviderSimulator.Twilio;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>A telephone call takes its course, and a text finds its way, as Twilio's callbacks tell of them.</summary>
internal sealed record PlayStatusesRequest : ICommandRequest
{
    /// <summary>The customer's number, in E.164; null takes an invented customer.</summary>
    [RegularExpression(PhoneNumbers.Pattern, ErrorMessage = "Must be in E.164, such as +12025550123.")]
    public string? From { get; init; }

    /// <summary>How the call ends: answered, voicemail, busy, no_answer or failed.</summary>
    [RegularExpression("answered|voicemail|busy|no_answer|failed",
        ErrorMessage = "Must be answered, voicemail, busy, no_answer or failed.")]
    public string Result { get; init; } = "answered";

    /// <summary>Whether the callbacks come in another order than things happened.</summary>
    public bool Shuffle { get; init; }

    /// <summary>How often each callback is posted.</summary>
    [Range(1, 1000)]
    public int Copies { get; init; } = 1;

    /// <summary>Makes the same callbacks again, in the same order; null is chance.</summary>
    public int? Seed { get; init; }
}

/// <summary>Posts Twilio's status callbacks one after the other, in order or shuffled, once or repeated.</summary>
internal sealed class PlayStatuses(TwilioWebhooks webhooks, IOptions<TwilioOptions> twilio, TimeProvider time)
{
    public const string Name = "play-statuses";

    /// <exception cref="SettingMissingException">There is no token to sign with.</exception>
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
        callbacks = [.. callbacks.SelectMany(callback => Enumerable.Repeat(callback, request.Copies))];
        if (request.Shuffle)
        {
            random.Shuffle(callbacks);
        }

        activity?.SetTag("jackautomotive.seed", seed);
        var deliveries = new List<Delivery>();
        foreach (var callback in callbacks)
        {
            deliveries.Add(await webhooks.PostAsync(callback, random.Guid(), cancellationToken));
        }

        return CommandResult.Of(Name, seed, time.GetElapsedTime(started), deliveries);
    }

    /// <summary>POST /commands/play-statuses</summary>
    internal static async Task<IResult> Handle(PlayStatusesRequest? request, PlayStatuses command, CancellationToken cancellationToken) =>
        Problems.RefusedUnlessAccepted(await command.RunAsync(request ?? new PlayStatusesRequest(), cancellationToken));
}
