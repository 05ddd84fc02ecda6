namespace JackAutomotive.Realtime.Transport;

/// <summary>The connection that carries one client's stream. The caller sends one block at a time.</summary>
internal interface IStreamOutput
{
    /// <summary>
    /// Sends a block. Completes, nearly always synchronously, when the connection has accepted the whole block. Returns false if the
    /// connection is closed. Never throws.
    /// </summary>
    ValueTask<bool> SendAsync(Block block);

    /// <summary>Ends the stream gracefully. Every block must have been accepted, and no block may follow.</summary>
    void Complete();

    /// <summary>Aborts the connection immediately.</summary>
    void Abort(AbortReason reason);

    /// <summary>Registers <paramref name="action"/>, which is called with <paramref name="state"/> when the client disconnects.</summary>
    void OnDisconnected(Action<object?> action, object state);

    /// <summary>True if the client has sent bytes after its request. A well-behaved client of an event stream only reads.</summary>
    bool HasInput { get; }
}
