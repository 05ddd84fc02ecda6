using System.Security.Claims;

namespace JackAutomotive.Realtime.Presence;

/// <summary>As whom a client is shown to the others.</summary>
internal static class PresenceName
{
    /// <summary>The name of its API key or token.</summary>
    public static string Of(ClaimsPrincipal user) => user.Identity?.Name is { Length: > 0 } name ? name : "unnamed";
}
