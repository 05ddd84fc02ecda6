namespace JackAutomotive.Realtime.Connections;

/// <summary>Where one client's stream goes. Only one block is on its way at a time.</summary>
internal interface IStreamOutput
{
    /// <summary>
    /// Completes, nearly always at once, when the client's connection has taken the whole block; false if it is gone. Never throws.
    /// </summary>
    ValueTask<bool> SendAsync(Block block);

    /// <summary>Ends the stream properly: everything was taken, and nothing follows.</summary>
    void Complete();

    /// <summary>Breaks the connection at once.</summary>
    void Abort();

    /// <summary>Has <paramref name="action"/> called with <paramref name="state"/> when the client has gone by itself.</summary>
    void WhenGone(Action<object?> action, object state);

    /// <summary>The client sends on a connection that it has only to read: it is none of ours.</summary>
    bool HasInput { get; }
}
