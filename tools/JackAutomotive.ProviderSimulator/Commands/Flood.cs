using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;
using JackAutomotive.ProviderSimulator.Twilio;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>Webhooks of all kinds arrive at a higher rate than any dealership causes.</summary>
internal sealed record FloodRequest : ICommandRequest, IValidatableObject
{
    /// <summary>Maximum number of webhooks in a flood.</summary>
    public const int MaxWebhooks = 200_000;

    /// <summary>Webhooks per second.</summary>
    [Range(1, 5000)]
    public int Rate { get; init; } = 200;

    /// <summary>Duration in seconds.</summary>
    [Range(1, 600)]
    public int Seconds { get; init; } = 5;

    /// <summary>Maximum number of concurrent connections.</summary>
    [Range(1, 256)]
    public int Connections { get; init; } = 32;

    /// <summary>Repeats the same webhooks; null picks a random seed.</summary>
    public int? Seed { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Rate * Seconds > MaxWebhooks)
        {
            yield return new ValidationResult(
                $"Rate times seconds must be at most {MaxWebhooks}; it is {Rate * Seconds}.", [nameof(Rate), nameof(Seconds)]);
        }
    }
}

/// <summary>
/// Posts texts, statuses and transcripts at a steady rate. If the target is busy or unavailable, a webhook is posted again after the
/// interval that the target asks for, so that no webhook is lost. If the target is slower than the rate, all connections are busy and the
/// flood takes longer.
/// </summary>
internal sealed class Flood(
    CallStory calls, TwilioWebhooks webhooks, SentLog log, IOptions<TwilioOptions> twilio, TimeProvider time, ILogger<WebhookPost> logger)
{
    public const string Name = "flood";

    /// <exception cref="SettingMissingException">A secret is missing.</exception>
    public async Task<CommandResult> RunAsync(FloodRequest request, CancellationToken cancellationToken)
    {
        using var activity = SimulatorTelemetry.Source.StartActivity(Name);
        var started = time.GetTimestamp();
        var seed = request.Seed ?? Random.Shared.Next();
        activity?.SetTag("jackautomotive.seed", seed);
        calls.RequireSecrets();

        var limit = Options.Create(new PostingOptions { MaxConcurrentPosts = request.Connections });
        using var post = new WebhookPost(log, time, limit, logger);
        var deliveries = new ConcurrentQueue<Delivery>();
        var parallel = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = request.Connections };
        await Parallel.ForEachAsync(NumbersAtRateAsync(request, cancellationToken), parallel, async (number, token) =>
        {
            using var root = SimulatorTelemetry.StartRoot(Name);
            deliveries.Enqueue(await post.SendWithRetriesAsync(CreateWebhook(seed, number), null, token));
        });
        return CommandResult.Of(Name, seed, time.GetElapsedTime(started), deliveries);
    }

    /// <summary>POST /commands/flood</summary>
    internal static async Task<IResult> Handle(FloodRequest? request, Flood command, CancellationToken cancellationToken) =>
        Problems.ResultOrProblem(await command.RunAsync(request ?? new FloodRequest(), cancellationToken));

    // Every ten webhooks are six texts, two text statuses, one callback of a call and one transcript.
    private Webhook CreateWebhook(int seed, int number)
    {
        var random = new Random(unchecked((seed * 397) ^ number));
        var (person, dealership, now) = (People.Invent(random), twilio.Value.PhoneNumber, time.GetUtcNow());
        switch (number % 10)
        {
            case 3 or 8:
                var statuses = SentText.Callbacks("SM" + random.Hex(32), person.Phone, dealership).ToList();
                return webhooks.Of(random.Pick(statuses), random.Guid());
            case 5:
                var call = new TelephoneCall("CA" + random.Hex(32), person.Phone, dealership, IsInbound: true, "answered", now, 60);
                return webhooks.Of(random.Pick(call.Callbacks(random)), random.Guid());
            case 7:
                return calls.Transcript(calls.Finish(random.Pick(CallScripts.All), person, random, now));
            default:
                var body = person.Fill(random.Pick(TextStories.All).Texts[0].Body);
                return webhooks.Of(IncomingText.Create(random, person.Phone, dealership, body, media: 0), random.Guid());
        }
    }

    private async IAsyncEnumerable<int> NumbersAtRateAsync(
        FloodRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        for (var number = 0; number < request.Rate * request.Seconds; number++)
        {
            var wait = TimeSpan.FromSeconds((double)number / request.Rate) - time.GetElapsedTime(started);
            if (wait > TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(wait, time, cancellationToken);
            }

            yield return number;
        }
    }
}
