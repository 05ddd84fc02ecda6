namespace JackAutomotive.Contract;

/// <summary>What a stream token says: who may watch which leads, and until when. It is made by WebhookApi and believed by Realtime.</summary>
/// <param name="Key">The name of the API key that asked for it; its streams count as that key's.</param>
/// <param name="Name">Who watches, as others are shown it.</param>
/// <param name="Leads">The leads that may be watched, at least one; null: all.</param>
/// <param name="ExpiresAt">In whole seconds: what is finer is cut off.</param>
internal sealed record StreamToken(string Key, string Name, IReadOnlyList<LeadId>? Leads, DateTimeOffset ExpiresAt)
{
    /// <summary>Longest life of a token. A browser that is still there gets another one.</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromHours(1);
}

/// <summary>What a text that should be a stream token was found to be.</summary>
internal enum StreamTokenVerdict
{
    /// <summary>Made by us, and still good.</summary>
    Valid,

    /// <summary>Made by us, but its time is over.</summary>
    Expired,

    /// <summary>Not a token, not signed with one of our secrets, or for something else.</summary>
    Invalid,
}
