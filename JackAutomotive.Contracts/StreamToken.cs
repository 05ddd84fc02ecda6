namespace JackAutomotive.Contracts;

/// <summary>The content of a stream token: who may watch which leads until when. WebhookApi issues tokens, and Realtime accepts them.</summary>
/// <param name="Key">The name of the API key that requested the token. The token's streams count against the limit of this key.</param>
/// <param name="Name">The viewer's name, which other viewers see. WebhookApi permits 1 to 100 characters.</param>
/// <param name="Leads">The leads that the viewer may watch, at least one (WebhookApi permits 50); null for all leads.</param>
/// <param name="ExpiresAt">When the token expires (UTC). The encoded token holds whole seconds; fractions are cut off.</param>
public sealed record StreamToken(string Key, string Name, IReadOnlyList<LeadId>? Leads, DateTimeOffset ExpiresAt)
{
    /// <summary>The longest lifetime of a token. A browser that stays longer requests a new token.</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromHours(1);
}

/// <summary>The result of checking a stream token.</summary>
public enum StreamTokenVerdict
{
    /// <summary>The token is signed with a known secret and has not expired.</summary>
    Valid,

    /// <summary>The token is signed with a known secret but has expired.</summary>
    Expired,

    /// <summary>The text is not a token, is not signed with a known secret, or is a token for another purpose.</summary>
    Invalid,
}
