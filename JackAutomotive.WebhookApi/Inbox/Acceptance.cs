namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>What the inbox did with a delivery.</summary>
internal enum Acceptance
{
    /// <summary>The delivery is stored for the first time.</summary>
    Stored,

    /// <summary>The same delivery was stored before; the inbox is unchanged.</summary>
    Duplicate,

    /// <summary>A delivery with the same identity but another body was stored before. The first body counts; both bodies are stored.</summary>
    Conflict,

    /// <summary>Postgres or the object store is unavailable or slow. The delivery is in the spool until it is in the inbox.</summary>
    Spooled,

    /// <summary>Postgres blames the delivery for an error. The delivery is kept in the spool's folder for a person.</summary>
    Kept,

    /// <summary>The delivery is rejected: Postgres is unavailable and the spool is disabled, or the service is stopping.</summary>
    Unavailable,

    /// <summary>The delivery is rejected: too many deliveries wait to be stored, and the spool is disabled.</summary>
    Overloaded,

    /// <summary>The delivery is rejected: Postgres is unavailable and the spool is full.</summary>
    SpoolFull,

    /// <summary>The delivery is rejected: the local disk is full or fails.</summary>
    DiskFailed,
}

internal static class Acceptances
{
    /// <summary>Whether the delivery survives a crash, so that the provider may be answered 200.</summary>
    public static bool IsDurable(this Acceptance acceptance) => acceptance <= Acceptance.Kept;

    /// <summary>Returns the reason for the rejection as text for metrics, logs and problem details.</summary>
    public static string ToReason(this Acceptance acceptance) => acceptance switch
    {
        Acceptance.Overloaded => "overloaded",
        Acceptance.SpoolFull => "spool-full",
        Acceptance.DiskFailed => "disk",
        _ => "database",
    };
}
