namespace JackAutomotive.RealtimeLoad;

/// <summary>The way by which messages reach the server.</summary>
internal interface ITransport
{
    /// <summary>Whether another message can be sent now.</summary>
    bool CanSend { get; }

    /// <summary>Messages that were refused.</summary>
    long Errors { get; }

    void Send(Outgoing outgoing);

    /// <summary>To be called each turn of the loop.</summary>
    void Flush();
}

/// <summary>
/// Publishes. Where there is a log, a message is committed there first, as the product does: it is handed to the log a little before it
/// is due, because what is measured here begins with the publish.
/// </summary>
internal sealed class Publisher(Channels channels, Messages messages, ITransport transport, EventLog? log)
{
    private Outgoing? _held;

    public bool CanPublish => transport.CanSend;

    public long Errors => transport.Errors;

    /// <summary>How long before it is due a message is to be handed to <see cref="Publish"/>.</summary>
    public long Ahead { get; } = log is null ? 0 : Loop.Milliseconds(20);

    /// <summary>The longest wait after which <see cref="Flush"/> is to be called again.</summary>
    public long Patience { get; } = Loop.Milliseconds(log is null ? 2 : 0.2);

    public void Publish(int channel, long dueAt)
    {
        var outgoing = messages.Make(channel, channels.Next(channel), dueAt);
        if (log is null)
        {
            transport.Send(outgoing);
        }
        else
        {
            log.Append(outgoing);
        }
    }

    /// <summary>To be called each turn of the loop.</summary>
    public void Flush()
    {
        while (log is not null && (_held is not null || log.TryTakeCommitted(out _held)))
        {
            if (_held.DueAt > Loop.Now)
            {
                break;
            }

            transport.Send(_held);
            _held = null;
        }

        transport.Flush();
    }
}
