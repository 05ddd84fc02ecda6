using System.ComponentModel.DataAnnotations;
using JackAutomotive.ProviderSimulator.Apis;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;
using JackAutomotive.ProviderSimulator.Twilio;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>A customer sends one text.</summary>
internal sealed record SendTextRequest : PlayRequest
{
    /// <summary>The customer's number, in E.164; null invents a customer.</summary>
    [RegularExpression(PhoneNumbers.Pattern, ErrorMessage = "Must be in E.164, such as +12025550123.")]
    public string? From { get; init; }

    /// <summary>The dealership's number, in E.164; null uses the configured number.</summary>
    [RegularExpression(PhoneNumbers.Pattern, ErrorMessage = "Must be in E.164, such as +12025550100.")]
    public string? To { get; init; }

    /// <summary>The words of the text; null uses a text from a story.</summary>
    [StringLength(1600)]
    public string? Body { get; init; }

    /// <summary>Number of pictures in the message.</summary>
    [Range(0, 10)]
    public int Media { get; init; }
}

/// <summary>Posts Twilio's webhook for a customer's text. A keyword such as STOP also changes what the customer can be sent.</summary>
internal sealed class SendText(
    TwilioWebhooks webhooks, Courier courier, Customers customers, IOptions<TwilioOptions> twilio, TimeProvider time)
{
    public const string Name = "send-text";

    /// <exception cref="SettingMissingException">The auth token is missing.</exception>
    public async Task<CommandResult> RunAsync(SendTextRequest request, CancellationToken cancellationToken)
    {
        using var activity = SimulatorTelemetry.Source.StartActivity(Name);
        var started = time.GetTimestamp();
        var seed = request.Seed ?? Random.Shared.Next();
        var random = new Random(seed);
        var person = People.Invent(random, request.From);
        var body = request.Body ?? person.Fill(random.Pick(TextStories.All).Texts[0].Body);
        var text = IncomingText.Create(random, person.Phone, request.To ?? twilio.Value.PhoneNumber, body, request.Media);
        StoryStep[] story = [new(TimeSpan.Zero, webhooks.Of(text, random.Guid()))];

        customers.Hear(text.From, text.Body);
        activity?.SetTag("messaging.message.id", text.MessageSid);
        var deliveries = await courier.PostInOrderAsync(story, request.Faults, seed, cancellationToken);
        return CommandResult.Of(Name, seed, time.GetElapsedTime(started), deliveries);
    }

    /// <summary>POST /commands/send-text</summary>
    internal static async Task<IResult> Handle(SendTextRequest? request, SendText command, CancellationToken cancellationToken) =>
        Problems.ResultOrProblem(await command.RunAsync(request ?? new SendTextRequest(), cancellationToken));
}
