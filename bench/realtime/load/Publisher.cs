namespace JackAutomotive.RealtimeLoad;

/// <summary>Sends messages to the server.</summary>
internal interface ITransport
{
    /// <summary>Whether another message can be sent now.</summary>
    bool CanSend { get; }

    /// <summary>The number of refused messages.</summary>
    long Errors { get; }

    void Send(OutgoingMessage outgoing);

    /// <summary>Called in each loop iteration.</summary>
    void Flush();
}

/// <summary>
/// Publishes messages. With a log, each message is committed there first, as the product does. The commit starts before the due time,
/// because the measured latency begins with the publish.
/// </summary>
internal sealed class Publisher(Channels channels, Messages messages, ITransport transport, EventLog? log)
{
    private OutgoingMessage? _next;

    public bool CanPublish => transport.CanSend;

    public long Errors => transport.Errors;

    /// <summary>The time in nanoseconds by which <see cref="Publish"/> is called before a message is due.</summary>
    public long HeadStart { get; } = log is null ? 0 : Loop.Milliseconds(20);

    /// <summary>The maximum time in nanoseconds between two calls of <see cref="Flush"/>.</summary>
    public long MaxWait { get; } = Loop.Milliseconds(log is null ? 2 : 0.2);

    public void Publish(int channel, long dueAt)
    {
        var outgoing = messages.Create(channel, channels.NextSeq(channel), dueAt);
        if (log is null)
        {
            transport.Send(outgoing);
        }
        else
        {
            log.Append(outgoing);
        }
    }

    /// <summary>Called in each loop iteration.</summary>
    public void Flush()
    {
        while (log is not null && (_next is not null || log.TryTakeCommitted(out _next)))
        {
            if (_next.DueAt > Loop.Now)
            {
                break;
            }

            transport.Send(_next);
            _next = null;
        }

        transport.Flush();
    }
}
