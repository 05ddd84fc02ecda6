namespace JackAutomotive.ProviderSimulator.Posting;

/// <summary>A webhook that can be posted any number of times, as it should be or with a flaw.</summary>
/// <param name="Provider"><c>twilio</c> or <c>elevenlabs</c>.</param>
/// <param name="Kind">See <see cref="Delivery.Kind"/>.</param>
/// <param name="Id">The id of what it is about.</param>
/// <param name="Customer">The customer's number, in E.164.</param>
/// <param name="Flaws">What can be wrong with it; the receiver can tell each of them.</param>
/// <param name="Http">Posts it.</param>
/// <param name="CreateRequest">Makes and signs a request, with a flaw if there is one.</param>
internal sealed record Webhook(
    string Provider, string Kind, string Id, string Customer, IReadOnlyList<Flaw> Flaws, HttpClient Http,
    Func<Flaw?, HttpRequestMessage> CreateRequest);

/// <summary>A webhook and when it is due, counted from the beginning of the story that it is a part of.</summary>
internal sealed record StoryStep(TimeSpan At, Webhook Webhook);
