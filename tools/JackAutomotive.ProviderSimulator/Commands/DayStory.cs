using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;
using JackAutomotive.ProviderSimulator.Twilio;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>Builds the webhooks of a day, compressed into a shorter time.</summary>
internal sealed class DayStory(CallStory calls, TwilioWebhooks webhooks, IOptions<TwilioOptions> twilio, TimeProvider time)
{
    private const double AudioMegabytes = 0.05;

    private string Number => twilio.Value.PhoneNumber;

    /// <summary>Builds one webhook for each text and for each finished call.</summary>
    public IReadOnlyList<StoryStep> Contacts(IReadOnlyList<Contact> day, TimeSpan length)
    {
        var openedAt = time.GetUtcNow();
        return [.. day.Select(contact =>
        {
            var (at, random) = (DueTime(contact, length), new Random(contact.Seed));
            var webhook = contact.Call is { } script
                ? calls.Transcript(calls.Finish(script, contact.Person, random, openedAt + at))
                : TextWebhook(contact, random);
            return new StoryStep(at, webhook);
        })];
    }

    /// <summary>
    /// Builds every webhook of each text and call, in the order of events. A failed call and an unknown type follow at the end.
    /// </summary>
    public IReadOnlyList<StoryStep> Everything(IReadOnlyList<Contact> day, int seed, TimeSpan length)
    {
        var (openedAt, random) = (time.GetUtcNow(), new Random(seed));
        var (closedAt, person) = (openedAt + length, People.Invent(random));
        return
        [
            .. day.SelectMany(contact => WebhooksOf(contact, openedAt + DueTime(contact, length))
                .Select(webhook => new StoryStep(DueTime(contact, length), webhook))),
            new(length, calls.Failure(person, random, closedAt, "busy")),
            new(length, calls.Unknown(person, random, closedAt)),
        ];
    }

    private static TimeSpan DueTime(Contact contact, TimeSpan length) => contact.At * (length / BusyDay.Length);

    private IEnumerable<Webhook> WebhooksOf(Contact contact, DateTimeOffset at)
    {
        var random = new Random(contact.Seed);
        if (contact.Call is not { } script)
        {
            var statuses = SentText.Callbacks("SM" + random.Hex(32), contact.Person.Phone, Number);
            return [TextWebhook(contact, random), .. statuses.Select(callback => webhooks.Of(callback, random.Guid()))];
        }

        var call = calls.Finish(script, contact.Person, random, at);
        return
        [
            .. calls.ConversationWebhooks(script, call).Select(step => step.Webhook),
            .. calls.Callbacks(script, call, at, random),
            calls.Audio(call, at, random, AudioMegabytes),
        ];
    }

    private Webhook TextWebhook(Contact contact, Random random)
    {
        var (body, media) = contact.Text!;
        var message = IncomingText.Create(random, contact.Person.Phone, Number, contact.Person.Fill(body), media);
        return webhooks.Of(message, random.Guid());
    }
}
