using System.Security.Cryptography;
using System.Text;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>One thing that decides where deliveries can go: a number or an agent that is ours, a topic or a type that is handled.</summary>
/// <param name="Kind">What it is, for example the setting's name.</param>
/// <param name="Value">Its value.</param>
internal sealed record RoutingFact(string Kind, string Value);

/// <summary>
/// Everything that decides whether a sound delivery has somewhere to go. Its fingerprint is stored with what is parked as unroutable,
/// so that another configuration, or a newer program, knows what deserves another try.
/// </summary>
internal sealed class RoutingConfiguration(IEnumerable<RoutingFact> facts)
{
    /// <summary>The same for the same facts, whatever their order.</summary>
    public string Fingerprint { get; } = FingerprintOf(facts);

    internal static string FingerprintOf(IEnumerable<RoutingFact> facts)
    {
        // A unit separator cannot be part of a setting, so no two different sets read alike.
        var lines = facts.Select(fact => $"{fact.Kind}\u001f{fact.Value}").Distinct().Order(StringComparer.Ordinal);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\u001e', lines)))[..16]);
    }
}
