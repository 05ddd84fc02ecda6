namespace JackAutomotive.ProviderSimulator.Posting;

/// <summary>A webhook that can be posted any number of times, sound or with a flaw.</summary>
/// <param name="Provider"><c>twilio</c> or <c>elevenlabs</c>.</param>
/// <param name="Kind">See <see cref="Delivery.Kind"/>.</param>
/// <param name="Id">The id of the text, call, recording or conversation.</param>
/// <param name="Customer">The customer's number, in E.164.</param>
/// <param name="Flaws">The flaws that this webhook can have. The target can detect each of them.</param>
/// <param name="Http">The client that posts the webhook.</param>
/// <param name="CreateRequest">Creates and signs a request, with the given flaw if there is one.</param>
internal sealed record Webhook(
    string Provider, string Kind, string Id, string Customer, IReadOnlyList<Flaw> Flaws, HttpClient Http,
    Func<Flaw?, HttpRequestMessage> CreateRequest);

/// <summary>A webhook and its due time, counted from the start of its story.</summary>
internal sealed record StoryStep(TimeSpan At, Webhook Webhook);
