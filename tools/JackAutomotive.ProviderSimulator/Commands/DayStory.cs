using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;
using JackAutomotive.ProviderSimulator.Twilio;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>The webhooks of a day, squeezed into a shorter time.</summary>
internal sealed class DayStory(CallStory calls, TwilioWebhooks webhooks, IOptions<TwilioOptions> twilio, TimeProvider time)
{
    private const double AudioMegabytes = 0.05;

    private string Number => twilio.Value.PhoneNumber;

    /// <summary>One for each text and each call that ends.</summary>
    public IReadOnlyList<StoryStep> Contacts(IReadOnlyList<Contact> day, TimeSpan length)
    {
        var opened = time.GetUtcNow();
        return [.. day.Select(contact =>
        {
            var (at, random) = (Due(contact, length), new Random(contact.Seed));
            var webhook = contact.Call is { } script
                ? calls.Transcript(calls.Finish(script, contact.Person, random, opened + at))
                : Text(contact, random);
            return new StoryStep(at, webhook);
        })];
    }

    /// <summary>
    /// Everything that is told of each, in the order in which it happens; and in the end a call that failed and an unknown type.
    /// </summary>
    public IReadOnlyList<StoryStep> Everything(IReadOnlyList<Contact> day, int seed, TimeSpan length)
    {
        var (opened, random) = (time.GetUtcNow(), new Random(seed));
        var (last, person) = (opened + length, People.Invent(random));
        return
        [
            .. day.SelectMany(contact => Told(contact, opened + Due(contact, length))
                .Select(webhook => new StoryStep(Due(contact, length), webhook))),
            new(length, calls.Failure(person, random, last, "busy")),
            new(length, calls.Unknown(person, random, last)),
        ];
    }

    private static TimeSpan Due(Contact contact, TimeSpan length) => contact.At * (length / BusyDay.Length);

    private IEnumerable<Webhook> Told(Contact contact, DateTimeOffset at)
    {
        var random = new Random(contact.Seed);
        if (contact.Call is not { } script)
        {
            var reply = SentText.Callbacks("SM" + random.Hex(32), contact.Person.Phone, Number);
            return [Text(contact, random), .. reply.Select(callback => webhooks.Of(callback, random.Guid()))];
        }

        var call = calls.Finish(script, contact.Person, random, at);
        return
        [
            .. calls.Held(script, call).Select(step => step.Webhook),
            .. calls.Callbacks(script, call, at, random),
            calls.Audio(call, at, random, AudioMegabytes),
        ];
    }

    private Webhook Text(Contact contact, Random random)
    {
        var (body, media) = contact.Text!;
        var message = IncomingText.Create(random, contact.Person.Phone, Number, contact.Person.Fill(body), media);
        return webhooks.Of(message, random.Guid());
    }
}
