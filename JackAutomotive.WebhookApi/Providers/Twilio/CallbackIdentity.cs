using System.Security.Cryptography;
using System.Text;
using JackAutomotive.WebhookApi.Inbox;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>
/// Builds the identities of status callbacks. Twilio may send a status twice, first without a fact such as the error code and then with it, in
/// either order. So the facts are part of the identity: a callback with other facts is another event, which the handler adds to the first one.
/// A callback that differs only in fields without meaning here (their order, new fields) is the same event.
/// </summary>
internal static class CallbackIdentity
{
    private const int FactsLength = 16;

    /// <summary>Builds the identity of a callback.</summary>
    /// <param name="kind">The kind of the callback.</param>
    /// <param name="id">Twilio's id with the status.</param>
    /// <param name="orderingKey">The ordering key.</param>
    /// <param name="facts">What the callback says besides its status; null for what it does not say.</param>
    public static DeliveryIdentity Build(DeliveryKind kind, string id, string orderingKey, params IReadOnlyList<string?> facts)
    {
        var key = kind.BuildKey(facts.All(fact => fact is null) ? id : $"{id}:{Hash(facts)}");
        return new DeliveryIdentity(key, orderingKey) { Content = key };
    }

    // 64 bits: the callbacks of one status are few.
    private static string Hash(IReadOnlyList<string?> facts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\u001e', facts))))[..FactsLength];
}
