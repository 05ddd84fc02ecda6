namespace JackAutomotive.Realtime.Transport;

/// <summary>Why a stream's connection is aborted.</summary>
internal enum AbortReason
{
    /// <summary>More bytes wait for the client than <see cref="RealtimeOptions.BacklogBytes"/> allows.</summary>
    BacklogFull,

    /// <summary>The client has not taken a block within <see cref="RealtimeOptions.WriteTimeout"/>.</summary>
    WriteTimeout,

    /// <summary>The client has sent data after its request.</summary>
    ClientSentData,

    /// <summary>The client has closed the connection, or the connection broke.</summary>
    ClientDisconnected,

    /// <summary>The start of the stream failed.</summary>
    StartFailed,

    /// <summary>The instance stops, and the client has not taken the last frame in time.</summary>
    InstanceStops,
}

internal static class AbortReasons
{
    /// <summary>Returns the value of the tag <c>reason</c> for a client that this service cuts; null if the service did not cut the client.</summary>
    public static string? TagOf(AbortReason reason) => reason switch
    {
        AbortReason.BacklogFull => "backlog",
        AbortReason.WriteTimeout => "timeout",
        AbortReason.ClientSentData => "input",
        _ => null,
    };

    /// <summary>Describes the reason for the log of the web server.</summary>
    public static string Describe(AbortReason reason) => reason switch
    {
        AbortReason.BacklogFull => "The client reads too slowly: too many bytes wait for it.",
        AbortReason.WriteTimeout => "The client has taken no bytes for too long.",
        AbortReason.ClientSentData => "The client sent data after its request.",
        AbortReason.ClientDisconnected => "The client has disconnected.",
        AbortReason.StartFailed => "The stream could not be started.",
        AbortReason.InstanceStops => "The instance stops, and the client has not taken the end of the stream.",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };
}
