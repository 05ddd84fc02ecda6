using System.Security.Cryptography;
using System.Text;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// One fact that decides whether deliveries can be routed: a configured telephone number or agent, or a topic or type that has a handler.
/// </summary>
/// <param name="Kind">The name of the setting, the topic of the type, or <c>topic</c>.</param>
/// <param name="Value">The value of the setting, the type, or the topic.</param>
internal sealed record RoutingFact(string Kind, string Value);

/// <summary>
/// All facts that decide whether a valid delivery can be routed. An unroutable delivery is parked with the fingerprint of these facts. A
/// service with other facts has another fingerprint and so finds the deliveries to replay.
/// </summary>
internal sealed class RoutingConfiguration(IEnumerable<RoutingFact> facts)
{
    /// <summary>Equal for equal sets of facts, regardless of their order.</summary>
    public string Fingerprint { get; } = ComputeFingerprint(facts);

    internal static string ComputeFingerprint(IEnumerable<RoutingFact> facts)
    {
        // A setting cannot contain a unit separator, so two different sets of facts never produce the same text.
        var lines = facts.Select(fact => $"{fact.Kind}\u001f{fact.Value}").Distinct().Order(StringComparer.Ordinal);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\u001e', lines)))[..16]);
    }
}
