using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;
using JackAutomotive.ProviderSimulator.Twilio;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>The webhooks of one moment of a sales story.</summary>
internal sealed record MomentWebhooks(StoryMoment Moment, IReadOnlyList<Webhook> Webhooks);

/// <summary>Builds the webhooks of a sales story.</summary>
internal sealed class SalesStoryWebhooks(CallStory calls, TwilioWebhooks webhooks, IOptions<TwilioOptions> twilio)
{
    private string Number => twilio.Value.PhoneNumber;

    /// <summary>Builds the webhooks of every moment. The ids come from <paramref name="random"/>, the times from the clock.</summary>
    public IReadOnlyList<MomentWebhooks> Build(Person person, Random random, StoryClock clock) =>
        [.. SalesStory.Moments.Select(moment => new MomentWebhooks(moment, [.. WebhooksOf(moment, person, random, clock.TimeOf(moment.At))]))];

    private IEnumerable<Webhook> WebhooksOf(StoryMoment moment, Person person, Random random, DateTimeOffset at)
    {
        if (moment.Text is { } text)
        {
            var message = IncomingText.Create(random, person.Phone, Number, person.Fill(text.Body), text.Media);
            return [webhooks.Of(message, random.Guid())];
        }

        if (moment.Call is { } script)
        {
            var call = calls.Finish(script, person, random, at);
            return [.. calls.Callbacks(script, call, at, random), calls.Transcript(call)];
        }

        var missed = new TelephoneCall("CA" + random.Hex(32), person.Phone, Number, IsInbound: true, "no_answer", at, DurationSeconds: 0);
        return missed.Callbacks(random).Select(callback => webhooks.Of(callback, random.Guid()));
    }
}
