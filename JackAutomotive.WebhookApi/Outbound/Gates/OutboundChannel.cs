namespace JackAutomotive.WebhookApi.Outbound.Gates;

/// <summary>How a lead is contacted.</summary>
internal enum OutboundChannel
{
    /// <summary>An SMS, or a text on the channel of the address, such as WhatsApp.</summary>
    Text,

    /// <summary>A telephone call by the voice agent.</summary>
    Call,
}
