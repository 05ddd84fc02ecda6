using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using JackAutomotive.ProviderSimulator.ElevenLabs;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;
using JackAutomotive.ProviderSimulator.Twilio;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>Many customers text and call in the course of a day, which passes in seconds.</summary>
internal sealed record PlayBusyDayRequest : ICommandRequest
{
    /// <summary>How many calls end in that day.</summary>
    [Range(0, 10_000)]
    public int Calls { get; init; } = 10;

    /// <summary>How many texts arrive.</summary>
    [Range(0, 10_000)]
    public int Texts { get; init; } = 30;

    /// <summary>How many seconds the day takes; 0 posts as fast as it goes.</summary>
    [Range(0, 3600)]
    public double Seconds { get; init; } = 5;

    /// <summary>Makes the same day again; null is chance.</summary>
    public int? Seed { get; init; }
}

/// <summary>Posts the webhooks of a whole day, each as a trace of its own.</summary>
internal sealed class PlayBusyDay(
    TwilioWebhooks twilioWebhooks, ElevenLabsWebhooks elevenLabsWebhooks, IOptions<TwilioOptions> twilio,
    IOptions<ElevenLabsOptions> elevenLabs, IOptions<PostingOptions> posting, TimeProvider time)
{
    public const string Name = "play-busy-day";

    /// <exception cref="SettingMissingException">There is a secret missing to sign with.</exception>
    public async Task<CommandResult> RunAsync(PlayBusyDayRequest request, CancellationToken cancellationToken)
    {
        using var activity = SimulatorTelemetry.Source.StartActivity(Name);
        var started = time.GetTimestamp();
        var seed = request.Seed ?? Random.Shared.Next();
        var day = BusyDay.Plan(seed, request.Calls, request.Texts);
        activity?.SetTag("jackautomotive.seed", seed);

        // Both at once, so that a day is not broken off halfway.
        _ = (twilio.Value.SigningToken, elevenLabs.Value.SigningSecret);

        var deliveries = new ConcurrentBag<Delivery>();
        var parallel = new ParallelOptions
        {
            CancellationToken = cancellationToken,
            MaxDegreeOfParallelism = posting.Value.MaxConcurrentPosts,
        };
        await Parallel.ForEachAsync(
            WhenDueAsync(day, TimeSpan.FromSeconds(request.Seconds) / BusyDay.Length, cancellationToken), parallel,
            async (contact, token) => deliveries.Add(await PostAsync(contact, token)));
        return CommandResult.Of(Name, seed, time.GetElapsedTime(started), deliveries);
    }

    /// <summary>POST /commands/play-busy-day</summary>
    internal static async Task<IResult> Handle(PlayBusyDayRequest? request, PlayBusyDay command, CancellationToken cancellationToken) =>
        Problems.RefusedUnlessAccepted(await command.RunAsync(request ?? new PlayBusyDayRequest(), cancellationToken));

    private async Task<Delivery> PostAsync(Contact contact, CancellationToken cancellationToken)
    {
        var random = new Random(contact.Seed);
        if (contact.Call is { } script)
        {
            using var call = SimulatorTelemetry.StartRoot("call");
            var finished = PostCall.Create(
                script, contact.Person, random, time.GetUtcNow(), elevenLabs.Value.AgentId, twilio.Value.PhoneNumber, leadId: null);
            return await elevenLabsWebhooks.PostAsync(finished, cancellationToken);
        }

        using var text = SimulatorTelemetry.StartRoot("text");
        var (body, media) = contact.Text!;
        var message = IncomingText.Create(random, contact.Person.Phone, twilio.Value.PhoneNumber, contact.Person.Fill(body), media);
        return await twilioWebhooks.PostAsync(message, random.Guid(), cancellationToken);
    }

    private async IAsyncEnumerable<Contact> WhenDueAsync(
        IReadOnlyList<Contact> day, double speed, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var opened = time.GetTimestamp();
        foreach (var contact in day)
        {
            var wait = (contact.At * speed) - time.GetElapsedTime(opened);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, cancellationToken);
            }

            yield return contact;
        }
    }
}
