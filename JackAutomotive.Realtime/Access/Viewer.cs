using System.Security.Claims;
using JackAutomotive.Contract;

namespace JackAutomotive.Realtime.Access;

/// <summary>Who watches.</summary>
/// <param name="Key">The name of the API key that opened the stream or asked for the token.</param>
/// <param name="Name">What others are shown; the key's name where nobody is named.</param>
/// <param name="Leads">What may be watched; null: every lead.</param>
/// <param name="ExpiresAt">When the token's time is over; null: never, it is an API key.</param>
internal sealed record Viewer(string Key, string Name, IReadOnlySet<LeadId>? Leads, DateTimeOffset? ExpiresAt)
{
    /// <summary>Somebody in particular, not a whole program.</summary>
    public bool IsNamed => Name != Key;

    /// <summary>Whether this lead may be watched.</summary>
    public bool MayWatch(LeadId lead) => Leads?.Contains(lead) ?? true;

    /// <summary>The viewer behind a request that was let in.</summary>
    public static Viewer Of(ClaimsPrincipal user) =>
        user.Identities.OfType<Identity>().FirstOrDefault()?.Viewer ?? Of(user.Identity?.Name ?? "");

    /// <summary>What is known of the owner of a token.</summary>
    public static ClaimsPrincipal PrincipalOf(StreamToken token, string scheme) =>
        new(new Identity(new Viewer(token.Key, token.Name, token.Leads?.ToHashSet(), token.ExpiresAt), scheme));

    private static Viewer Of(string key) => new(key, key, null, null);

    // Holds the viewer itself: as claims, leads would be made into text and read again at each look.
    private sealed class Identity(Viewer viewer, string scheme)
        : ClaimsIdentity([new Claim(ClaimTypes.Name, viewer.Name), new Claim(ApiKeys.ScopeClaim, ApiKeys.Read)], scheme)
    {
        public Viewer Viewer => viewer;
    }
}
