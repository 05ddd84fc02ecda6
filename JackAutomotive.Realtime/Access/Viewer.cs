using System.Security.Claims;
using JackAutomotive.Access;
using JackAutomotive.Contracts;

namespace JackAutomotive.Realtime.Access;

/// <summary>The owner of an API key, or the person whom a stream token names.</summary>
/// <param name="Key">The name of the API key that opened the stream or requested the token.</param>
/// <param name="Name">The name that other viewers see; the API key's name if the token names no person.</param>
/// <param name="Leads">The leads that the viewer may watch; null for all leads.</param>
/// <param name="ExpiresAt">When the token expires (UTC); null for an API key, see <see cref="KeyRevocation"/>.</param>
/// <param name="KeyId">The id of the API key that opened the stream (<see cref="ApiKey.Id"/>); null for a token.</param>
internal sealed record Viewer(
    string Key, string Name, IReadOnlySet<LeadId>? Leads, DateTimeOffset? ExpiresAt, string? KeyId = null)
{
    /// <summary>True if a token names this viewer, so that the viewer is a person and not a whole program.</summary>
    public bool IsNamed => Name != Key;

    /// <summary>Returns true if the viewer may watch this lead.</summary>
    public bool MayWatch(LeadId lead) => Leads?.Contains(lead) ?? true;

    /// <summary>Returns the viewer of an authenticated request.</summary>
    public static Viewer Of(ClaimsPrincipal user) =>
        user.Identities.OfType<Identity>().FirstOrDefault()?.Viewer ?? OfKey(user.Identity?.Name ?? "", user.FindFirstValue(ApiKeys.IdClaim));

    /// <summary>Builds the principal of a valid stream token, which has the scope <c>read</c>.</summary>
    public static ClaimsPrincipal CreatePrincipal(StreamToken token, string scheme) =>
        new(new Identity(new Viewer(token.Key, token.Name, token.Leads?.ToHashSet(), token.ExpiresAt), scheme));

    private static Viewer OfKey(string name, string? id) => new(name, name, null, null, id);

    // Keeps the viewer as an object: claims would need the leads as text, which each access would parse again.
    private sealed class Identity(Viewer viewer, string scheme)
        : ClaimsIdentity([new Claim(ClaimTypes.Name, viewer.Name), new Claim(ApiKeys.ScopeClaim, ApiKeys.Read)], scheme)
    {
        public Viewer Viewer => viewer;
    }
}
